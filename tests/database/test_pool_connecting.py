"""The connection pool while connections are being opened and closed, with a driver that the tests control."""

import asyncio
from typing import Any

import pytest

from database.pool import ConnectionPool, PoolStatus

EMPTY_POOL = PoolStatus(total=0, idle=0, parked=0, waiting=0)
POOL_WITH_ONE_IDLE = PoolStatus(total=1, idle=1, parked=0, waiting=0)


class FakeDriver:
    """A connection that executes nothing."""

    def __init__(self, *, in_transaction: bool = False) -> None:
        self.closed = False
        self.in_transaction = in_transaction
        self.executed: list[str] = []
        self.execution: asyncio.Event | None = None
        """If set, `execute` waits for it."""

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.in_transaction

    async def execute(self, sql: str, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- as the driver
        self.executed.append(sql)
        if self.execution is not None:
            await self.execution.wait()
        self.in_transaction = False

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 -- as asyncpg names it
        self.closed = True

    def terminate(self) -> None:
        self.closed = True


class FakeServer:
    """Opens a connection when the test allows it, or fails."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.error: Exception | None = None
        self.drivers: list[FakeDriver] = []

    async def connect(self) -> FakeDriver:
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.drivers.append(FakeDriver())
        return self.drivers[-1]


@pytest.fixture
async def server() -> FakeServer:
    """A server that opens no connection until its gate is set."""
    return FakeServer()


@pytest.fixture
async def pool(server: FakeServer) -> ConnectionPool:
    """A pool of one connection."""
    return ConnectionPool(server.connect, size=1, max_overflow=0, timeout=5)


async def run_ready_tasks() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def start(*coroutines: Any) -> list["asyncio.Task[Any]"]:
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    await run_ready_tasks()
    return tasks


async def test_connection_of_a_cancelled_task_is_assigned_to_a_waiter(server: FakeServer, pool: ConnectionPool) -> None:
    first, second = await start(pool.acquire(), pool.acquire())
    first.cancel()
    await run_ready_tasks()
    assert pool.status() == PoolStatus(total=1, idle=0, parked=0, waiting=1)
    server.gate.set()
    assert (await second).driver is server.drivers[0]
    assert len(server.drivers) == 1


async def test_connection_of_a_cancelled_task_is_stored_if_no_task_waits(
    server: FakeServer, pool: ConnectionPool
) -> None:
    (task,) = await start(pool.acquire())
    task.cancel()
    await run_ready_tasks()
    server.gate.set()
    await run_ready_tasks()
    assert pool.status() == POOL_WITH_ONE_IDLE
    assert (await pool.acquire()).driver is server.drivers[0]


async def test_failed_connect_raises_and_frees_its_slot(server: FakeServer, pool: ConnectionPool) -> None:
    server.gate.set()
    server.error = ConnectionRefusedError()
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await pool.acquire()
    assert pool.status() == EMPTY_POOL
    server.error = None
    await pool.release(await pool.acquire())
    assert pool.status() == POOL_WITH_ONE_IDLE


async def test_waiters_connect_after_a_failed_connect(server: FakeServer, pool: ConnectionPool) -> None:
    tasks = await start(*(pool.acquire() for _ in range(3)))
    server.error = ConnectionRefusedError()
    server.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {ConnectionRefusedError}
    assert pool.status() == EMPTY_POOL


async def test_cancelled_connect_that_fails_later_frees_its_slot(server: FakeServer, pool: ConnectionPool) -> None:
    first, second = await start(pool.acquire(), pool.acquire())
    first.cancel()
    await run_ready_tasks()
    server.error = ConnectionRefusedError()
    server.gate.set()
    with pytest.raises(ConnectionRefusedError):
        await second
    assert pool.status() == EMPTY_POOL


async def test_waiter_cancelled_when_it_may_connect_passes_the_slot_on(
    server: FakeServer, pool: ConnectionPool
) -> None:
    server.gate.set()
    connection = await pool.acquire()
    first, second = await start(pool.acquire(), pool.acquire())
    connection.driver.closed = True
    released = pool.release(connection)
    await released
    first.cancel()  # its right to open a connection is already assigned
    assert (await second).driver is server.drivers[1]
    assert pool.status().total == 1


async def test_cancelled_release_terminates_the_connection_and_frees_its_slot(
    server: FakeServer, pool: ConnectionPool
) -> None:
    server.gate.set()
    connection = await pool.acquire()
    connection.driver.execution = asyncio.Event()
    (task,) = await start(pool.release(connection))
    assert connection.driver.executed == ["ROLLBACK"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert connection.is_closed
    assert pool.status() == EMPTY_POOL


async def test_acquire_waits_for_a_connection_that_is_being_rolled_back(
    server: FakeServer, pool: ConnectionPool
) -> None:
    server.gate.set()
    connection = await pool.acquire()
    connection.driver.in_transaction, connection.driver.execution = True, asyncio.Event()
    assert pool.park(connection)
    await asyncio.sleep(0.05)
    assert connection.driver.executed == ["ROLLBACK"]
    assert pool.status() == POOL_WITH_ONE_IDLE
    (task,) = await start(pool.acquire())
    connection.driver.execution.set()
    assert await task is connection
    assert not connection.has_open_transaction


async def test_drain_waits_for_connections_that_are_being_opened(server: FakeServer, pool: ConnectionPool) -> None:
    acquiring, closing = await start(pool.acquire(), pool.close())
    acquiring.cancel()
    await run_ready_tasks()
    assert not closing.done()
    server.gate.set()
    await closing
    assert server.drivers[0].closed
    assert pool.status() == EMPTY_POOL


async def test_acquire_does_not_suspend_if_a_connection_is_idle(server: FakeServer, pool: ConnectionPool) -> None:
    server.gate.set()
    for in_transaction in (False, True):
        connection = await pool.acquire()
        connection.driver.in_transaction = in_transaction
        assert pool.park(connection)
        with pytest.raises(StopIteration) as stopped:
            pool.acquire().send(None)
        assert stopped.value.value is connection
        assert pool.park(connection)
