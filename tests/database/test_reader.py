"""Reads of one request: failures, concurrency, and when its connection is acquired and released."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from database.authentication import ANONYMOUS, Credentials
from database.engine import Database
from database.postgresql import PostgresDatabase
from database.reader import Reader, ReaderClosed
from models import Task
from models.membership import Role
from tests.database.statement_helpers import (
    FAILING_STATEMENT,
    SELECT_ALL_TASKS,
    observe_statements,
)
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.dataset import DATASET, open_reader


async def test_statements_succeed_after_a_failed_one(app_with_dataset: AppFixture, reader: Reader) -> None:
    for _ in range(3):
        with pytest.raises(DBAPIError):
            await reader.rows(FAILING_STATEMENT)
        assert len(await reader.rows(SELECT_ALL_TASKS)) == len(DATASET.tasks)


async def test_failed_statement_does_not_affect_concurrent_ones(
    no_leaked_connections: None, app_with_dataset: AppFixture, reader: Reader
) -> None:
    statements: list[Any] = [SELECT_ALL_TASKS, FAILING_STATEMENT] * 6
    results = await asyncio.gather(*(reader.rows(statement) for statement in statements), return_exceptions=True)
    for statement, result in zip(statements, results, strict=True):
        assert isinstance(result, DBAPIError) if statement is FAILING_STATEMENT else len(result) == len(DATASET.tasks)  # type: ignore[arg-type]


async def test_credentials_are_authenticated_again_after_a_failed_statement(
    app_with_dataset: AppFixture, reader: Reader, statement_counter: StatementCounter
) -> None:
    with suppress(DBAPIError):
        await reader.rows(FAILING_STATEMENT)
    with statement_counter:
        await reader.rows(SELECT_ALL_TASKS)
        await reader.rows(SELECT_ALL_TASKS)
    assert statement_counter.count == 3


async def test_failed_statement_releases_the_connection(app_fixture: AppFixture, reader: Reader) -> None:
    with suppress(DBAPIError):
        await reader.rows(FAILING_STATEMENT)
    assert app_fixture.database.connections_in_use == 0


async def test_failed_authentication_releases_the_connection(
    app_fixture: AppFixture, reader: Reader, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr("database.sqlite.authenticate", fail)
        patched.setattr("database.asyncpg_transaction.AsyncpgReadTransaction.begin", fail)
        for read in (reader.principal(), reader.rows(SELECT_ALL_TASKS)):
            with pytest.raises(ConnectionResetError):
                await read
            assert database.connections_in_use == 0
    assert (await reader.principal()).tenant_id == app_fixture.tenant.id


@pytest.mark.only("postgresql")
async def test_connection_terminated_by_the_server_fails_one_read(
    no_leaked_connections: None, app_with_dataset: AppFixture
) -> None:
    async with open_reader(app_with_dataset.tenant) as reader, open_reader(app_with_dataset.tenant) as other_reader:
        ((pid,),) = await reader.rows(text("SELECT pg_backend_pid()"))
        await other_reader.rows(text("SELECT pg_terminate_backend(:pid)"), pid=pid)
        with pytest.raises(DBAPIError):
            await reader.rows(SELECT_ALL_TASKS)
        assert len(await reader.rows(SELECT_ALL_TASKS)) == len(DATASET.tasks)


# Concurrency


async def test_concurrent_reads_are_executed_one_at_a_time_in_one_transaction(
    no_leaked_connections: None,
    app_with_dataset: AppFixture,
    reader: Reader,
    database: Database,
    statement_counter: StatementCounter,
) -> None:
    running, max_running = 0, 0

    def begin() -> None:
        nonlocal running, max_running
        running += 1
        max_running = max(max_running, running)

    def end() -> None:
        nonlocal running
        running -= 1

    with observe_statements(database, begin, end), statement_counter:
        results = await asyncio.gather(
            *(reader.rows(SELECT_ALL_TASKS) for _ in range(20)), reader.principal(), reader.principal()
        )
    assert {len(rows) for rows in results[:20]} == {len(DATASET.tasks)}  # type: ignore[arg-type]
    assert (max_running, statement_counter.count) == (1, 1 + 20)
    assert database.connections_in_use == 1


async def test_more_readers_than_connections_share_the_connections(
    no_leaked_connections: None, app_with_dataset: AppFixture
) -> None:
    async def read() -> int:
        async with open_reader(app_with_dataset.tenant) as reader:
            await reader.principal()
            return len(await reader.rows(SELECT_ALL_TASKS))

    assert set(await asyncio.gather(*(read() for _ in range(40)))) == {len(DATASET.tasks)}


async def test_readers_of_two_tenants_on_the_same_connections_see_their_own_tenant(
    app_with_dataset: AppFixture,
) -> None:
    async def read(tenant: TenantFixture) -> None:
        for _ in range(5):
            async with open_reader(tenant) as reader:
                assert {row.tenant_id for row in await reader.rows(SELECT_ALL_TASKS)} == {tenant.id}

    await asyncio.gather(*(read(tenant) for tenant in [app_with_dataset.tenant, app_with_dataset.other_tenant] * 4))


# The connection


async def test_no_connection_is_acquired_before_the_first_read(
    app_fixture: AppFixture, reader: Reader, database: Database, statement_counter: StatementCounter
) -> None:
    with statement_counter:
        await reader.release()
        assert await Reader(database, Credentials()).principal() == ANONYMOUS
        assert await Reader(database, Credentials(tenant="here")).principal() == ANONYMOUS
    assert (statement_counter.count, database.connections_in_use) == (0, 0)


async def test_release_returns_the_connection_and_the_next_read_acquires_another(
    app_with_dataset: AppFixture, reader: Reader, database: Database
) -> None:
    for _ in range(3):
        assert len(await reader.rows(SELECT_ALL_TASKS)) == len(DATASET.tasks)
        assert database.connections_in_use == 1
        await reader.release()
        await reader.release()
        assert database.connections_in_use == 0


async def test_release_waits_for_the_running_statement(
    app_with_dataset: AppFixture, reader: Reader, database: Database
) -> None:
    read = asyncio.create_task(reader.rows(SELECT_ALL_TASKS))
    await asyncio.sleep(0)
    await asyncio.gather(reader.release(), reader.release())
    assert len(await read) == len(DATASET.tasks)
    assert database.connections_in_use == 0


async def test_closed_reader_acquires_no_connection(
    app_with_dataset: AppFixture, reader: Reader, database: Database
) -> None:
    waiting = [asyncio.create_task(reader.rows(SELECT_ALL_TASKS)) for _ in range(5)]
    await asyncio.sleep(0)
    await reader.close()
    await asyncio.gather(*waiting, return_exceptions=True)
    for read in (reader.rows(SELECT_ALL_TASKS), reader.principal()):
        with pytest.raises(ReaderClosed):
            await read
    assert database.connections_in_use == 0


async def test_all_reads_until_release_see_one_snapshot(app_with_dataset: AppFixture, reader: Reader) -> None:
    before = len(await reader.rows(SELECT_ALL_TASKS))
    await app_with_dataset.tenant.create(Task, title="Another")
    assert len(await reader.rows(SELECT_ALL_TASKS)) == before
    await reader.release()
    assert len(await reader.rows(SELECT_ALL_TASKS)) == before + 1


@pytest.mark.only("postgresql")
async def test_row_level_security_settings_end_with_the_transaction(
    app_with_dataset: AppFixture, database: PostgresDatabase
) -> None:
    settings_sql = "SELECT current_setting('app.tenant_id', true) || current_setting('app.user_id', true)"
    async with open_reader(app_with_dataset.tenant) as reader:
        ((settings,),) = await reader.rows(text(settings_sql))
    assert settings == f"{app_with_dataset.tenant.id}{app_with_dataset.tenant.users[Role.MEMBER].id}"
    assert database.pool.status().total == 1
    connection = await database.pool.acquire()  # the same one
    await connection.rollback()
    assert not await connection.driver.fetchval(settings_sql)
    assert await connection.driver.fetch("SELECT id FROM task") == []
    await database.pool.release(connection)


@pytest.mark.only("postgresql")
async def test_reader_cannot_write(app_fixture: AppFixture, reader: Reader) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        await reader.rows(text("DELETE FROM task RETURNING id"))
