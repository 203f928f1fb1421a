"""Sessions of PostgreSQL know the identifier of their cluster, with which a write finds the epoch of the logs."""

from typing import Any

import pytest

from database.pool import ConnectionPool
from models.log import write_epoch
from tests.support.app_fixture import AppFixture

pytestmark = pytest.mark.only("postgresql")
READ_IDENTIFIER = "SELECT current_setting('app.system_identifier', true)"
WRITE_EPOCH = f"SELECT {write_epoch()}"


async def open_connections(app_fixture: AppFixture, count: int) -> tuple[ConnectionPool, list[Any]]:
    """Return the pool, and so many of its connections."""
    database: Any = app_fixture.database
    return database.pool, [await database.pool.acquire() for _ in range(count)]


async def test_each_session_knows_its_cluster(app_fixture: AppFixture) -> None:
    pool, connections = await open_connections(app_fixture, 2)
    expected = await connections[0].driver.fetchval("SELECT system_identifier::text FROM pg_control_system()")
    assert [await connection.driver.fetchval(READ_IDENTIFIER) for connection in connections] == [expected] * 2
    for connection in connections:
        await pool.release(connection)


@pytest.mark.parametrize("identifier", ["", "7000000000000000000"])
async def test_session_with_another_identifier_finds_the_same_epoch(app_fixture: AppFixture, identifier: str) -> None:
    """Behind a pooler, a session may not have the setting."""
    pool, (connection,) = await open_connections(app_fixture, 1)
    epoch = await connection.driver.fetchval(WRITE_EPOCH)
    await connection.driver.execute(f"SELECT set_config('app.system_identifier', '{identifier}', false)")
    assert await connection.driver.fetchval(WRITE_EPOCH) == epoch
    assert await connection.driver.fetchval("SELECT find_log_epoch()") == epoch
    connection.terminate()
    await pool.release(connection)


async def test_another_timeline_begins_an_epoch(app_fixture: AppFixture) -> None:
    """A session of a replica lasts when that is promoted."""
    pool, (connection,) = await open_connections(app_fixture, 1)
    epoch = await connection.driver.fetchval(WRITE_EPOCH)
    await connection.driver.execute("BEGIN; UPDATE log_epoch SET timeline = 'FFFFFFFF' WHERE timeline <> 'unknown'")
    assert await connection.driver.fetchval(WRITE_EPOCH) > epoch
    await pool.release(connection)
