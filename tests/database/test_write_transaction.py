"""Write transactions: the same values, errors and events on both databases, and no leaked connections."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import ARRAY, Uuid, bindparam, event, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from database.authentication import Credentials
from database.compiled import SHAPE_CACHE_SIZE, compile_by_shape, compile_statement
from database.engine import Database
from database.postgresql import PostgresDatabase
from database.transaction import WriteTransaction
from models import Project, Task, Worker
from models.base import utc_now
from models.ids import new_id
from models.membership import Role
from models.relations import table_of
from queries.locks import select_references_for_key_share
from queries.scope import visible
from queries.writes import build_insert, new_params
from services.core.identity_map import build_new_entity, values_of
from tests.database.statement_helpers import wait_until_released
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.usefixtures("no_leaked_connections")


@asynccontextmanager
async def begin_write(tenant: TenantFixture) -> AsyncIterator[tuple[WriteTransaction, dict[str, Any]]]:
    """Begin a transaction of a member; yield it with the parameters of scoped statements."""
    credentials = Credentials(tenant.users[Role.MEMBER].id, tenant.slug)
    transaction, principal = await tenant.app_fixture.database.begin_write(credentials)
    try:
        yield transaction, principal.scope_parameters
    finally:
        await transaction.close()


def build_projects(tenant: TenantFixture, *names: str | None) -> list[dict[str, Any]]:
    """Return rows to insert."""
    return [values_of(build_new_entity(Project, {"name": name, "tenant_id": tenant.id})) for name in names]


async def insert_projects(transaction: WriteTransaction, rows: Sequence[dict[str, Any]]) -> None:
    await transaction.execute(build_insert(Project, tuple(rows[0])), [new_params(row) for row in rows])


@pytest.mark.parametrize("number", [1, 2, 50])
async def test_committed_rows_are_stored(number: int, app_fixture: AppFixture) -> None:
    rows = build_projects(app_fixture.tenant, *(f"Project {index}" for index in range(number)))
    async with begin_write(app_fixture.tenant) as (transaction, _):
        await insert_projects(transaction, rows)
        await transaction.commit()
    assert sorted(await fetch_table(app_fixture.tenant, Project), key=lambda row: row["id"]) == rows


async def test_uncommitted_rows_are_rolled_back(app_fixture: AppFixture) -> None:
    async with begin_write(app_fixture.tenant) as (transaction, _):
        await insert_projects(transaction, build_projects(app_fixture.tenant, "Project"))
    assert await fetch_table(app_fixture.tenant, Project) == []


@pytest.mark.parametrize("number", [1, 3])
async def test_constraint_violation_raises_integrity_error(number: int, app_fixture: AppFixture) -> None:
    rows = build_projects(app_fixture.tenant, *["Project"] * (number - 1), None)
    with pytest.raises(IntegrityError):
        async with begin_write(app_fixture.tenant) as (transaction, _):
            await insert_projects(transaction, rows)
    assert await fetch_table(app_fixture.tenant, Project) == []


async def test_invalid_sql_raises_no_integrity_error(app_fixture: AppFixture) -> None:
    async with begin_write(app_fixture.tenant) as (transaction, _):
        with pytest.raises(DBAPIError) as caught:
            await transaction.rows(text("SELECT nonsense FROM nowhere"), {})
    assert not isinstance(caught.value, IntegrityError)


async def test_listeners_receive_each_statement_once(app_fixture: AppFixture, database: Database) -> None:
    events: list[tuple[str, bool]] = []

    def record(_connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 -- SQLAlchemy's
        events.append((statement.split(maxsplit=1)[0], many))

    event.listen(database.write_engine.sync_engine, "before_cursor_execute", record)
    event.listen(database.write_engine.sync_engine, "after_cursor_execute", record)
    try:
        async with begin_write(app_fixture.tenant) as (transaction, parameters):
            events.clear()
            await insert_projects(transaction, build_projects(app_fixture.tenant, "One"))
            await insert_projects(transaction, build_projects(app_fixture.tenant, "Two", "Three"))
            await transaction.rows(select(table_of(Project).c.id).where(visible(table_of(Project))), parameters)
    finally:
        event.remove(database.write_engine.sync_engine, "before_cursor_execute", record)
        event.remove(database.write_engine.sync_engine, "after_cursor_execute", record)
    assert events == [("INSERT", False)] * 2 + [("INSERT", True)] * 2 + [("SELECT", False)] * 2


# On PostgreSQL


@pytest.mark.only("postgresql")
async def test_integrity_error_has_name_of_constraint(app_fixture: AppFixture) -> None:
    rows = build_projects(app_fixture.tenant, "Project") * 2
    with pytest.raises(IntegrityError) as caught:
        async with begin_write(app_fixture.tenant) as (transaction, _):
            await insert_projects(transaction, rows)
    assert getattr(caught.value.orig, "constraint_name", None) == "pk_project"
    assert getattr(caught.value.orig, "sqlstate", None) == "23505"


@pytest.mark.only("postgresql")
async def test_connections_terminated_by_the_server_are_replaced(
    app_fixture: AppFixture, database: PostgresDatabase
) -> None:
    await asyncio.gather(*(app_fixture.tenant.create(Project, name=f"Project {number}") for number in range(4)))
    assert await wait_until_released(database)
    connection_count = database.pool.status().idle
    assert connection_count > 1
    async with begin_write(app_fixture.tenant) as (transaction, _):
        terminate_others = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
        )
        await transaction.rows(text(f"{terminate_others} AND pid <> pg_backend_pid()"), {})
        await asyncio.sleep(0.2)
    numbers = range(connection_count + 1)
    await asyncio.gather(*(app_fixture.tenant.create(Project, name=f"Later {number}") for number in numbers))


@pytest.mark.only("postgresql")
async def test_connection_lost_in_a_transaction_is_not_used_again(app_fixture: AppFixture) -> None:
    async with begin_write(app_fixture.tenant) as (transaction, _):
        await insert_projects(transaction, build_projects(app_fixture.tenant, "Project"))
        with pytest.raises(DBAPIError):
            await transaction.rows(text("SELECT pg_terminate_backend(pg_backend_pid())"), {})
    assert await fetch_table(app_fixture.tenant, Project) == []
    await app_fixture.tenant.create(Project, name="Project")


@pytest.mark.only("postgresql")
async def test_referenced_rows_can_be_updated_but_not_deleted_until_commit(app_fixture: AppFixture) -> None:
    project, worker = await app_fixture.tenant.create(Project), await app_fixture.tenant.create(Worker)
    references = {"project_id": project.id, "assignee_id": worker.id}
    async with begin_write(app_fixture.tenant) as (transaction, parameters):
        (row,) = await transaction.rows(
            select_references_for_key_share(Task, tuple(references)), parameters | references
        )
        assert row._mapping == references
        for entity in (project, worker):
            table = table_of(type(entity))
            statement = select(table.c.id).where(visible(table), table.c.id == entity.id)
            async with begin_write(app_fixture.tenant) as (other, other_parameters):
                await other.rows(statement.with_for_update(key_share=True, nowait=True), other_parameters)
            async with begin_write(app_fixture.tenant) as (other, other_parameters):
                with pytest.raises(DBAPIError, match="could not obtain lock"):
                    await other.rows(statement.with_for_update(nowait=True), other_parameters)


async def test_reference_to_an_invisible_row_is_null(app_fixture: AppFixture) -> None:
    other_project, worker = await app_fixture.other_tenant.create(Project), await app_fixture.tenant.create(Worker)
    references = {"project_id": other_project.id, "assignee_id": worker.id}
    async with begin_write(app_fixture.tenant) as (transaction, parameters):
        (row,) = await transaction.rows(
            select_references_for_key_share(Task, tuple(references)), parameters | references
        )
    assert row._mapping == {"project_id": None, "assignee_id": worker.id}


# Compilation by shape


def test_statements_that_differ_in_values_only_are_compiled_once() -> None:
    table = table_of(Worker)

    def build_update(name: str, version: int) -> Any:
        return update(table).where(visible(table), table.c.version == version).values(name=name)

    first, second = compile_by_shape(build_update("Ada", 1)), compile_by_shape(build_update("Bob", 2))
    assert first.sql is second.sql
    parameters = {"tenant": (id := new_id())}
    assert set(first.arguments(parameters)) == {"Ada", 1, id}
    assert set(second.arguments(parameters)) == {"Bob", 2, id}
    assert first == compile_statement(build_update("Ada", 1))


def test_lists_of_different_lengths_have_different_sql() -> None:
    table = table_of(Task)
    for titles in (["a"], ["b", "c"], [], ["d", "e", "f"], ["g", "h"]):
        compiled = compile_by_shape(select(table.c.id).where(visible(table), table.c.title.in_(titles)))
        assert [value for value in compiled.values if value is not None] == titles
        assert (
            compiled.sql == compile_statement(select(table.c.id).where(visible(table), table.c.title.in_(titles))).sql
        )


def test_values_are_converted_by_the_types_of_their_columns() -> None:
    table = table_of(Task)
    for value in (None, "x"):
        compiled = compile_by_shape(
            update(table).where(visible(table)).values(description=value, updated_at=(time := utc_now()))
        )
        assert {value, time} <= set(compiled.values)
    array = select(func.cardinality(bindparam("keys", type_=ARRAY(Uuid()))))
    assert compile_by_shape(array).arguments({"keys": (ids := [new_id()])}) == [ids]


def test_shapes_beyond_the_cache_size_are_compiled_again() -> None:
    table = table_of(Task)
    for number in range(SHAPE_CACHE_SIZE + 10):
        compile_by_shape(select(*[table.c.id.label(f"id_{number}")]).where(visible(table)))
    compiled = compile_by_shape(select(table.c.id.label("id_0")).where(visible(table)))
    assert "id_0" in compiled.sql
