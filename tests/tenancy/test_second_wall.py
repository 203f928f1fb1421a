"""PostgreSQL's row-level security, behind an application that has forgotten the tenant: nothing gets through."""

import uuid
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLSchema
from sqlalchemy import ColumnElement, Table, delete, func, insert, select, text, true, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from models import Task, Team
from models.base import now
from models.relations import table_of
from queries import scope
from queries.caller import Actor, Caller, identify
from queries.lists import Ask, by_id, counted, counted_for, listed, listed_for, typed_by_id
from queries.locks import all_held, all_kept, held, referred_to
from queries.reader import Reader
from queries.tallies import tallied_for
from queries.transaction import CoreTransaction
from server.database import Database
from services.events import newest
from services.records import linking
from services.unit_of_work import UnitOfWork, perform
from tests.tenancy.changing import mutations
from tests.tenancy.grounds import Grounds
from tests.tenancy.reading import asking_queries, plain_queries
from tests.tenancy.store import Row, key_of, owned_tables, references_of
from tests.tenancy.test_changing import send
from tests.tenancy.test_reading import AT_ONCE, answers, compare
from tests.tenancy.values import Values

TENANT = text("SELECT set_config('app.tenant_id', :tenant, true)")
CURRENT = text("SELECT current_setting('app.tenant_id', true)")
BACKEND = text("SELECT pg_backend_pid()")
WRITING = (held, all_held, all_kept, referred_to, linking, newest)


@pytest.fixture
def without_scope(grounds: Grounds, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grounds]:
    """The grounds, on which the application asks for the rows of all tenants."""
    with monkeypatch.context() as patched:
        patched.setattr(scope, "_of_the_tenant", _everything)
        _forget_statements()
        yield grounds
    _forget_statements()


def _forget_statements() -> None:
    """Those that were built with the scope, or without it."""
    for build in (listed, counted, listed_for, counted_for, by_id, typed_by_id, tallied_for, *WRITING):
        build.forget()


def _everything(_table: Table) -> ColumnElement[bool]:
    return true()


# The whole walk again


@pytest.mark.only("sqlite")
@pytest.mark.slow
async def test_the_walk_notices_where_there_is_no_second_wall(without_scope: Grounds, schema: GraphQLSchema) -> None:
    values = Values(without_scope.own, without_scope.foreign, without_scope.others)
    with pytest.raises(AssertionError, match="of the other tenant"):
        await answers(without_scope, "member", list(plain_queries(schema, values)), 1)
    failed = set()
    for mutation in mutations(schema, values):
        try:
            await send(without_scope, "owner", mutation, mutation.usual)
            await without_scope.nothing_changed_there()
        except AssertionError:
            failed.add(mutation.name)
        await without_scope.store.restore(without_scope.world.there.tenant_id, without_scope.laid_out)
        await without_scope.restore_here()
    assert failed >= {"updateTask", "deleteTeam", "assignWorkers", "transferWorker"}


@pytest.mark.only("postgresql")
async def test_no_query_gets_through(without_scope: Grounds, schema: GraphQLSchema) -> None:
    values = Values(without_scope.own, without_scope.foreign)
    await answers(without_scope, "member", list(plain_queries(schema, values)), 1)
    operations = list(asking_queries(schema, values))[::4]  # asked in full with the scope (test_reading.py)
    before = await answers(without_scope, "commuter", operations, AT_ONCE)
    await without_scope.store.wipe(without_scope.world.there.tenant_id, members=False)
    compare(before, await answers(without_scope, "commuter", operations, AT_ONCE))


@pytest.mark.only("postgresql")
async def test_no_mutation_gets_through(without_scope: Grounds, schema: GraphQLSchema) -> None:
    for mutation in mutations(schema, Values(without_scope.own, without_scope.foreign, without_scope.others)):
        answer = await send(without_scope, "owner", mutation, mutation.usual)
        assert mutation.for_superusers or answer.payload(mutation.name)
        await without_scope.nothing_changed_there()
        await without_scope.restore_here()
        for slot in mutation.slots():
            await send(
                without_scope, "owner", mutation, mutation.with_value(slot.path, without_scope.foreign[slot.whose])
            )
            await without_scope.nothing_changed_there()


# The reader and the unit of work


@pytest.mark.only("postgresql")
async def test_the_reader_sees_only_its_callers_rows(without_scope: Grounds, database: Database) -> None:
    for slug, number in ((without_scope.world.here.slug, 2), (without_scope.world.there.slug, 4)):
        reader = Reader(database.reading, Caller(without_scope.commuter.id, slug))
        assert len(await reader.rows(listed(Task, Ask()))) == number
        ((counted_tasks,),) = await reader.rows(counted(Task, Ask()))
        assert counted_tasks == number
        await reader.release()


@pytest.mark.only("postgresql")
async def test_a_reader_for_nobody_sees_no_rows(without_scope: Grounds, database: Database) -> None:
    users = (None, uuid.uuid4(), without_scope.commuter.id)
    for caller in (Caller(user, tenant) for user in users for tenant in (None, "nowhere", "")):
        reader = Reader(database.reading, caller)
        assert await reader.rows(listed(Task, Ask())) == []
        await reader.release()


@pytest.mark.only("postgresql")
async def test_the_unit_of_work_changes_only_its_callers_rows(without_scope: Grounds) -> None:
    stranger = without_scope.strangers[next(row["id"] for row in without_scope.laid_out["task"])]

    async def use_case(work: UnitOfWork) -> list[uuid.UUID]:
        assert await work.find(Task, stranger) is None
        await work.change_all(Task, true(), {}, title="Mine")
        await work.add(Team(name="New", tenant_id=without_scope.world.there.tenant_id))
        return [change.key["tenant_id"] for change in work.changes]

    owner = Caller(without_scope.commuter.id, without_scope.world.here.slug)
    changed = await perform(without_scope.world.database.writing, owner, use_case)
    assert set(changed) == {without_scope.world.here.tenant_id}
    await without_scope.nothing_changed_there()


# The database by itself


async def _enter(connection: AsyncConnection, tenant: object) -> None:
    await connection.execute(TENANT, {"tenant": str(tenant)})


def _rows_of(grounds: Grounds, table: Table, tenant_id: uuid.UUID) -> list[Row]:
    return [row for row in grounds.laid_out[table.name] if row["tenant_id"] == tenant_id]


@pytest.mark.only("postgresql")
async def test_without_a_tenant_there_are_no_rows(grounds: Grounds) -> None:
    for tenant, table in product((None, "", uuid.UUID(int=0)), owned_tables()):
        async with grounds.world.database.writing.connect() as connection:
            if tenant is not None:
                await _enter(connection, tenant)
            assert await connection.scalar(select(func.count()).select_from(table)) == 0, table


@pytest.mark.only("postgresql")
async def test_a_tenant_that_is_no_id_shows_no_rows_either(grounds: Grounds) -> None:
    for table in owned_tables():
        async with grounds.world.database.writing.connect() as connection:
            await _enter(connection, grounds.world.here.slug)
            with pytest.raises(DBAPIError, match="invalid input syntax for type uuid"):
                await connection.execute(select(table))


@pytest.mark.only("postgresql")
async def test_without_a_tenant_nothing_can_be_inserted_changed_or_deleted(grounds: Grounds) -> None:
    for table in owned_tables():
        (row, *_) = _rows_of(grounds, table, grounds.world.here.tenant_id)
        async with grounds.world.database.writing.begin() as connection:
            assert (await connection.execute(update(table).values(tenant_id=row["tenant_id"]))).rowcount == 0
            assert (await connection.execute(delete(table))).rowcount == 0
        await _refused(grounds, table, row, tenant=None)


@pytest.mark.only("postgresql")
async def test_no_row_can_be_inserted_into_another_tenant(grounds: Grounds) -> None:
    for table in owned_tables():
        for row in _rows_of(grounds, table, grounds.world.there.tenant_id):
            await _refused(grounds, table, row | _new_key(table), tenant=grounds.world.here.tenant_id)


def _new_key(table: Table) -> Row:
    return {"id": uuid.uuid4()} if "id" in table.c else {}


async def _refused(grounds: Grounds, table: Table, row: Row, tenant: uuid.UUID | None) -> None:
    async with grounds.world.database.writing.connect() as connection:
        if tenant is not None:
            await _enter(connection, tenant)
        with pytest.raises(DBAPIError, match="violates row-level security policy"):
            await connection.execute(insert(table), [row])


@pytest.mark.only("postgresql")
async def test_no_row_can_be_given_to_another_tenant(grounds: Grounds) -> None:
    for table in owned_tables():
        async with grounds.world.database.writing.connect() as connection:
            await _enter(connection, grounds.world.here.tenant_id)
            refusal = "append-only" if table.info.get("append_only") else "violates row-level security policy"
            with pytest.raises(DBAPIError, match=refusal):
                await connection.execute(update(table).values(tenant_id=grounds.world.there.tenant_id))


@pytest.mark.only("postgresql")
async def test_every_row_of_another_tenant_is_out_of_reach(grounds: Grounds) -> None:
    async with grounds.world.database.writing.begin() as connection:
        await _enter(connection, grounds.world.here.tenant_id)
        for table in reversed(owned_tables()):
            there = table.c.tenant_id == grounds.world.there.tenant_id
            assert (await connection.execute(select(table).where(there).with_for_update())).all() == []
            assert (await connection.execute(update(table).where(there).values(_moved(table)))).rowcount == 0
            assert (await connection.execute(delete(table).where(there))).rowcount == 0
    await grounds.nothing_changed_there()


def _moved(table: Table) -> Row:
    return {"updated_at": now()} if "updated_at" in table.c else {"tenant_id": table.c.tenant_id}


# Keys


async def test_no_row_can_point_into_another_tenant(grounds: Grounds) -> None:
    """On both engines, whoever writes it: the keys themselves refuse."""
    tried = set()
    for table in owned_tables():
        (row, *_) = _rows_of(grounds, table, grounds.world.here.tenant_id)
        for key in table.foreign_key_constraints:
            column = list(key.columns)[-1].name
            if column != "tenant_id" and row[column] in grounds.strangers:
                tried.add(f"{table.name}.{column}")
                with pytest.raises(IntegrityError):
                    await grounds.store.change(table, key_of(table, row), **{column: grounds.strangers[row[column]]})
    assert tried >= {
        "task.project_id",
        "task.assignee_id",
        "worker.team_id",
        "task_worker.task_id",
        "task_worker.worker_id",
    }
    assert tried == {f"{table.name}.{name}" for table in owned_tables() for name in references_of(table)}


# The pool


@pytest.mark.only("postgresql")
async def test_a_connection_does_not_carry_the_tenant_over(grounds: Grounds, database: Database) -> None:
    teams = select(func.count()).select_from(table_of(Team))
    for end in ("commit", "rollback", "close"):
        async with database.writing.connect() as connection:
            actor = await identify(CoreTransaction(connection), Caller(grounds.commuter.id, grounds.world.there.slug))
            assert actor.tenant_id == grounds.world.there.tenant_id
            assert await connection.scalar(teams) == 4
            backend = await connection.scalar(BACKEND)
            await getattr(connection, end)()
        async with database.reading.connect() as connection:
            assert await connection.scalar(BACKEND) == backend
            assert not await connection.scalar(CURRENT), end
            assert await connection.scalar(teams) == 0


@pytest.mark.only("postgresql")
async def test_the_next_caller_on_a_connection_is_not_taken_for_the_last(grounds: Grounds, database: Database) -> None:
    teams = select(func.count()).select_from(table_of(Team))
    here, there = grounds.world.here, grounds.world.there
    seen: list[tuple[Any, ...]] = []
    for slug in (there.slug, "nowhere", here.slug, None, there.slug):
        async with database.writing.begin() as connection:
            actor: Actor = await identify(CoreTransaction(connection), Caller(grounds.commuter.id, slug))
            seen.append((actor.tenant_id, await connection.scalar(teams), await connection.scalar(BACKEND)))
    assert [(tenant, number) for tenant, number, _ in seen] == [
        (there.tenant_id, 4),
        (None, 0),
        (here.tenant_id, 2),
        (None, 0),
        (there.tenant_id, 4),
    ]
    assert len({backend for *_, backend in seen}) == 1
