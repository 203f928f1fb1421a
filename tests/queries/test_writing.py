"""Writing transactions: the same values and errors on both engines, heard by whoever listens, and nothing leaks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import ARRAY, Uuid, bindparam, event, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from models import Project, Task, Worker
from models.base import now
from models.ids import new_id
from models.membership import Role
from models.relations import table_of
from queries.by_key import insertion, new
from queries.caller import Caller
from queries.kept import STATEMENTS_KEPT
from queries.locks import referred_to
from queries.prepared import prepared, prepared_alike
from queries.scope import visible
from queries.writing import WriteTransaction, write_opened
from server.database import Database
from services.entities import new_entity, values_of
from tests.queries.connections import settled
from tests.support.scene import stored
from tests.support.world import Plot, World

pytestmark = pytest.mark.usefixtures("nothing_leaks")


@asynccontextmanager
async def writing(plot: Plot) -> AsyncIterator[tuple[WriteTransaction, dict[str, Any]]]:
    """A transaction of a member's, and what scoped statements are run with."""
    caller = Caller(plot.users[Role.MEMBER].id, plot.slug)
    transaction, actor = await write_opened(plot.world.database.writing, caller)
    try:
        yield transaction, actor.parameters
    finally:
        await transaction.close()


def projects(plot: Plot, *names: str | None) -> list[dict[str, Any]]:
    """Rows to insert."""
    return [values_of(new_entity(Project, {"name": name, "tenant_id": plot.tenant_id})) for name in names]


async def insert(transaction: WriteTransaction, rows: Sequence[dict[str, Any]]) -> None:
    """Insert projects."""
    await transaction.run(insertion(Project, tuple(rows[0])), [new(row) for row in rows])


@pytest.mark.parametrize("number", [1, 2, 50])
async def test_what_is_committed_is_there(number: int, world: World) -> None:
    rows = projects(world.here, *(f"Project {each}" for each in range(number)))
    async with writing(world.here) as (transaction, _):
        await insert(transaction, rows)
        await transaction.commit()
    assert sorted(await stored(world.here, Project), key=lambda row: row["id"]) == rows


async def test_what_is_not_committed_has_never_been(world: World) -> None:
    async with writing(world.here) as (transaction, _):
        await insert(transaction, projects(world.here, "Project"))
    assert await stored(world.here, Project) == []


@pytest.mark.parametrize("number", [1, 3])
async def test_a_violated_constraint_is_an_integrity_error(number: int, world: World) -> None:
    rows = projects(world.here, *["Project"] * (number - 1), None)
    with pytest.raises(IntegrityError):
        async with writing(world.here) as (transaction, _):
            await insert(transaction, rows)
    assert await stored(world.here, Project) == []


async def test_bad_sql_is_another_error(world: World) -> None:
    async with writing(world.here) as (transaction, _):
        with pytest.raises(DBAPIError) as caught:
            await transaction.rows(text("SELECT nonsense FROM nowhere"), {})
    assert not isinstance(caught.value, IntegrityError)


async def test_every_statement_is_heard_and_one_for_many_rows_is_one(world: World, database: Database) -> None:
    heard: list[tuple[str, bool]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 -- SQLAlchemy's
        heard.append((statement.split(maxsplit=1)[0], many))

    event.listen(database.writing.sync_engine, "before_cursor_execute", listen)
    event.listen(database.writing.sync_engine, "after_cursor_execute", listen)
    try:
        async with writing(world.here) as (transaction, parameters):
            heard.clear()
            await insert(transaction, projects(world.here, "One"))
            await insert(transaction, projects(world.here, "Two", "Three"))
            await transaction.rows(select(table_of(Project).c.id).where(visible(table_of(Project))), parameters)
    finally:
        event.remove(database.writing.sync_engine, "before_cursor_execute", listen)
        event.remove(database.writing.sync_engine, "after_cursor_execute", listen)
    assert heard == [("INSERT", False)] * 2 + [("INSERT", True)] * 2 + [("SELECT", False)] * 2


# On PostgreSQL


@pytest.mark.only("postgresql")
async def test_the_error_names_the_constraint(world: World) -> None:
    rows = projects(world.here, "Project") * 2
    with pytest.raises(IntegrityError) as caught:
        async with writing(world.here) as (transaction, _):
            await insert(transaction, rows)
    assert getattr(caught.value.orig, "constraint_name", None) == "pk_project"
    assert getattr(caught.value.orig, "sqlstate", None) == "23505"


@pytest.mark.only("postgresql")
async def test_connections_that_the_server_closed_are_made_anew(world: World, database: Database) -> None:
    await asyncio.gather(*(world.here.project(f"Project {number}") for number in range(4)))
    assert await settled(database) == 0
    pool: Any = database.writing.pool
    assert pool.checkedin() > 1
    async with writing(world.here) as (transaction, _):
        others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
        await transaction.rows(text(f"{others} AND pid <> pg_backend_pid()"), {})
        await asyncio.sleep(0.2)
    for number in range(pool.size()):
        await world.here.project(f"Later {number}")


@pytest.mark.only("postgresql")
async def test_a_connection_that_is_lost_in_the_middle_is_not_used_again(world: World) -> None:
    async with writing(world.here) as (transaction, _):
        await insert(transaction, projects(world.here, "Project"))
        with pytest.raises(DBAPIError):
            await transaction.rows(text("SELECT pg_terminate_backend(pg_backend_pid())"), {})
    assert await stored(world.here, Project) == []
    await world.here.project("Project")


@pytest.mark.only("postgresql")
async def test_what_a_new_row_points_at_can_be_changed_and_not_deleted_meanwhile(world: World) -> None:
    project, worker = await world.here.project(), await world.here.worker()
    given = {"project_id": project.id, "assignee_id": worker.id}
    async with writing(world.here) as (transaction, parameters):
        (found,) = await transaction.rows(referred_to(Task, tuple(given)), parameters | given)
        assert found._mapping == given
        for made in (project, worker):
            table = table_of(type(made))
            own = select(table.c.id).where(visible(table), table.c.id == made.id)
            async with writing(world.here) as (other, others):
                await other.rows(own.with_for_update(key_share=True, nowait=True), others)
            async with writing(world.here) as (other, others):
                with pytest.raises(DBAPIError, match="could not obtain lock"):
                    await other.rows(own.with_for_update(nowait=True), others)


async def test_what_is_not_there_is_null(world: World) -> None:
    theirs, worker = await world.there.project(), await world.here.worker()
    given = {"project_id": theirs.id, "assignee_id": worker.id}
    async with writing(world.here) as (transaction, parameters):
        (found,) = await transaction.rows(referred_to(Task, tuple(given)), parameters | given)
    assert found._mapping == {"project_id": None, "assignee_id": worker.id}


# Statements that are alike


def test_statements_that_differ_in_their_values_only_are_compiled_once() -> None:
    table = table_of(Worker)

    def renaming(name: str, version: int) -> Any:
        return update(table).where(visible(table), table.c.version == version).values(name=name)

    first, second = prepared_alike(renaming("Ada", 1)), prepared_alike(renaming("Bob", 2))
    assert first.sql is second.sql
    parameters = {"tenant": (id := new_id())}
    assert set(first.arguments(parameters)) == {"Ada", 1, id}
    assert set(second.arguments(parameters)) == {"Bob", 2, id}
    assert first == prepared(renaming("Ada", 1))


def test_lists_of_other_lengths_are_other_statements() -> None:
    table = table_of(Task)
    for wanted in (["a"], ["b", "c"], [], ["d", "e", "f"], ["g", "h"]):
        ready = prepared_alike(select(table.c.id).where(visible(table), table.c.title.in_(wanted)))
        assert [value for value in ready.values if value is not None] == wanted
        assert ready.sql == prepared(select(table.c.id).where(visible(table), table.c.title.in_(wanted))).sql


def test_values_are_written_as_their_columns_have_them() -> None:
    table = table_of(Task)
    for value in (None, "x"):
        ready = prepared_alike(
            update(table).where(visible(table)).values(description=value, updated_at=(time := now()))
        )
        assert {value, time} <= set(ready.values)
    array = select(func.cardinality(bindparam("keys", type_=ARRAY(Uuid()))))
    assert prepared_alike(array).arguments({"keys": (ids := [new_id()])}) == [ids]


def test_no_more_forms_are_kept_than_there_is_room_for() -> None:
    table = table_of(Task)
    for length in range(STATEMENTS_KEPT + 10):
        prepared_alike(select(*[table.c.id.label(f"id_{length}")]).where(visible(table)))
    ready = prepared_alike(select(table.c.id.label("id_0")).where(visible(table)))
    assert "id_0" in ready.sql
