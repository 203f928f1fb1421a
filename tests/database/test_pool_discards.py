"""Connections whose server was lost or replaced: one of them shows it, and the others are not used any more."""

from typing import Any

import pytest

from database.asyncpg_write_transaction import AsyncpgWriteTransaction
from database.connection import PooledConnection
from database.pool import ConnectionPool, PoolStatus
from database.postgresql import PostgresDatabase
from tests.database.test_pool_connecting import FakeServer
from tests.support import documents
from tests.support.app_fixture import AppFixture

BECOME_READ_ONLY = "SET default_transaction_read_only = on"
TRY_AGAIN = {"code": "UNAVAILABLE", "retryAfter": 2}


@pytest.fixture
async def server() -> FakeServer:
    """A server that opens connections at once."""
    fake_server = FakeServer()
    fake_server.gate.set()
    return fake_server


@pytest.fixture
async def pool(server: FakeServer) -> ConnectionPool:
    """A pool of up to four idle connections."""
    return ConnectionPool(server.connect, size=4, max_overflow=0, timeout=5)


async def acquire(pool: ConnectionPool, count: int) -> list[PooledConnection]:
    return [await pool.acquire() for _ in range(count)]


async def test_lost_connection_takes_the_idle_ones_with_it(server: FakeServer, pool: ConnectionPool) -> None:
    lost, idle, parked, in_use = await acquire(pool, 4)
    parked.driver.in_transaction = True
    assert pool.park(idle)
    assert pool.park(parked)
    pool.discard(lost)
    assert [driver.closed for driver in server.drivers] == [True, True, True, False]
    assert pool.status() == PoolStatus(total=2, idle=0, parked=0, waiting=0)
    await pool.release(lost)
    await pool.release(in_use)
    assert in_use.is_closed
    assert pool.status() == PoolStatus(total=0, idle=0, parked=0, waiting=0)


async def test_rollback_that_fails_shows_that_the_server_is_lost(
    server: FakeServer, pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(sql: str, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- as the driver
        raise ConnectionResetError

    failing, idle = await acquire(pool, 2)
    assert pool.park(idle)
    monkeypatch.setattr(failing.driver, "execute", fail)
    await pool.release(failing)
    assert [driver.closed for driver in server.drivers] == [True, True]
    assert pool.status() == PoolStatus(total=0, idle=0, parked=0, waiting=0)


async def test_connections_that_are_opened_afterwards_are_not_affected(pool: ConnectionPool) -> None:
    first, second = await acquire(pool, 2)
    pool.discard(first)
    await pool.release(first)
    new = await pool.acquire()
    assert pool.park(new)
    pool.discard(second)  # lost in the same outage
    await pool.release(second)
    assert not new.is_closed
    assert await pool.acquire() is new


async def test_all_connections_are_cut_off_if_another_host_is_the_primary(
    server: FakeServer, pool: ConnectionPool
) -> None:
    in_use, idle = await acquire(pool, 2)
    assert pool.park(idle)
    pool.discard_all()
    assert [driver.closed for driver in server.drivers] == [True, True]
    await pool.release(in_use)
    assert await pool.acquire() not in (in_use, idle)
    assert pool.status() == PoolStatus(total=1, idle=0, parked=0, waiting=0)


@pytest.mark.only("postgresql")
async def test_write_on_a_server_that_became_read_only_is_unavailable_once(app_fixture: AppFixture) -> None:
    database, client = app_fixture.database, app_fixture.tenant.client()
    assert isinstance(database, PostgresDatabase)
    await client("{ viewer { id } }")
    await database.pool.drain()
    connections = await acquire(database.pool, 3)
    for connection in connections:
        await connection.driver.execute(BECOME_READ_ONLY)
    for connection in connections:
        assert database.pool.park(connection)
    response = await client(documents.create("Team"), input={"name": "Diggers"})
    assert (response.status, response.headers["retry-after"]) == (503, "2")
    assert [error["extensions"] for error in response.body["errors"]] == [TRY_AGAIN]
    (await client(documents.create("Team"), input={"name": "Diggers"})).payload("createTeam")


@pytest.mark.only("postgresql")
async def test_commit_that_a_read_only_server_rejects_was_not_performed(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message that commits inserts the rows first."""
    client, commit = app_fixture.tenant.client(), AsyncpgWriteTransaction.commit
    await client("{ viewer { id } }")

    async def commit_read_only(transaction: AsyncpgWriteTransaction, *arguments: Any) -> None:
        driver = transaction._driver  # noqa: SLF001 -- the transaction itself would send what waits for the commit
        await driver.execute("ROLLBACK; SET default_transaction_read_only = on")
        await commit(transaction, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(AsyncpgWriteTransaction, "commit", commit_read_only)
        response = await client(documents.create("Team"), input={"name": "Diggers"})
    assert response.status == 503
    assert [error["extensions"] for error in response.body["errors"]] == [TRY_AGAIN]
    (await client(documents.create("Team"), input={"name": "Diggers"})).payload("createTeam")
