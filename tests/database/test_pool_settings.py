"""The effect of the settings of connections, and the numbers of connections that the pool reports."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.authentication import Credentials
from database.engine import Database
from database.outage import DatabaseUnavailable
from database.pool import ConnectionPool
from database.pool_usage import PoolUsage
from server.config.settings import Settings
from server.database_factory import build_database
from tests.database.pool_helpers import member_credentials, wait_until
from tests.database.test_pool_connecting import FakeServer
from tests.harness.postgres_server import free_port
from tests.support.app_fixture import AppFixture
from tests.support.settings import build_settings

BuildDatabase = Callable[..., Database]
ANSWER = text("SELECT 40 + 2 AS answer")
APPLICATION_NAME = text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
RECYCLE_SECONDS = 0.02


@pytest.fixture
async def build(settings: Settings, app_with_dataset: AppFixture) -> AsyncIterator[BuildDatabase]:
    """A function that connects to the test's database with other settings, which are not validated."""
    databases: list[Database] = []

    def build(**values: Any) -> Database:
        databases.append(build_database(settings.model_copy(update=values)))
        return databases[-1]

    yield build
    for database in databases:
        await database.close()


@pytest.fixture
def credentials(app_with_dataset: AppFixture) -> Credentials:
    """The credentials of a member of the tenant."""
    return member_credentials(app_with_dataset)


async def read(database: Database, credentials: Credentials, statement: Any = ANSWER) -> Any:
    """Execute the statement in a transaction of its own; return its value."""
    transaction, _principal = await database.begin_read(credentials)
    try:
        ((value,),) = await transaction.rows(statement, {})
    finally:
        await transaction.close()
    return value


# Recycling


@pytest.mark.parametrize(("recycle", "connects"), [(RECYCLE_SECONDS, 3), (3600, 1)])
async def test_only_connection_older_than_the_recycle_time_is_replaced(
    build: BuildDatabase, credentials: Credentials, recycle: float, connects: int
) -> None:
    database = build(db_pool_recycle=recycle)
    opened: list[object] = []
    event.listen(database.read_engine.sync_engine, "connect", lambda connection, _record: opened.append(connection))
    for _ in range(3):
        assert await read(database, credentials) == 42
        await asyncio.sleep(5 * RECYCLE_SECONDS)
    assert len(opened) == connects
    assert database.pool_usage().idle <= 1


async def test_idle_connection_that_has_become_too_old_is_not_acquired() -> None:
    server = FakeServer()
    server.gate.set()
    pool = ConnectionPool(server.connect, size=1, max_overflow=0, timeout=5, recycle=60)
    connection = await pool.acquire()
    assert pool.park(connection)
    connection.opened_at -= 61
    replacement = await pool.acquire()
    assert connection.is_closed
    assert (replacement.driver, pool.usage().in_use) == (server.drivers[1], 1)
    assert pool.park(replacement)
    assert await pool.acquire() is replacement


# Connecting


@pytest.mark.only("postgresql")
async def test_connections_have_the_application_name(database_url: str, credentials: Credentials) -> None:
    database = build_database(build_settings(database_url, application_name="allotment-blue"))
    assert await read(database, credentials, APPLICATION_NAME) == "allotment-blue"
    await database.close()


async def test_connecting_to_a_silent_server_ends_after_the_connect_timeout() -> None:
    accepted: list[asyncio.StreamWriter] = []
    port = free_port()
    async with await asyncio.start_server(lambda _reader, writer: accepted.append(writer), "127.0.0.1", port):
        database = build_database(build_settings(f"postgresql://u:p@127.0.0.1:{port}/db", db_connect_timeout=0.1))
        async with asyncio.timeout(30):
            with pytest.raises(DatabaseUnavailable):
                await database.begin_read(Credentials())
        assert accepted
        assert database.pool_usage().in_use == 0
        await database.close()
        for writer in accepted:
            writer.close()


@pytest.mark.parametrize("echo", [False, True])
async def test_statements_are_logged_if_echo_is_on(
    build: BuildDatabase, credentials: Credentials, caplog: pytest.LogCaptureFixture, *, echo: bool
) -> None:
    database = build(echo_sql=echo)
    with caplog.at_level(logging.INFO if echo else logging.WARNING, "sqlalchemy.engine"):
        await read(database, credentials)
    assert ("SELECT 40 + 2 AS answer" in caplog.text) == echo


# Usage


async def test_usage_counts_connections_and_waiting_requests(build: BuildDatabase, credentials: Credentials) -> None:
    database = build(db_pool_size=1, db_max_overflow=1, db_pool_timeout=30)
    writers = 0 if database.dialect == "postgresql" else 1  # SQLite's connection for writes
    size = 1 + writers
    assert database.pool_usage() == PoolUsage(size, max_overflow=1, in_use=0, idle=0, overflow=0, waiting=0)
    transactions = [(await database.begin_read(credentials))[0] for _ in range(2)]
    waiting = asyncio.create_task(read(database, credentials))
    await wait_until(lambda: database.pool_usage().waiting == 1)
    assert database.pool_usage() == PoolUsage(size, max_overflow=1, in_use=2, idle=0, overflow=1, waiting=1)
    for transaction in transactions:
        await transaction.close()
    assert await waiting == 42
    await wait_until(lambda: database.pool_usage().in_use == 0)
    assert database.pool_usage() == PoolUsage(size, max_overflow=1, in_use=0, idle=1, overflow=0, waiting=0)


async def test_no_connection_in_time_is_a_timeout_of_the_pool(build: BuildDatabase, credentials: Credentials) -> None:
    database = build(db_pool_size=1, db_max_overflow=0, db_pool_timeout=0.05)
    transaction, _principal = await database.begin_read(credentials)
    with pytest.raises(PoolTimeout):
        await database.begin_read(credentials)
    assert database.pool_usage().waiting == 0
    await transaction.close()
