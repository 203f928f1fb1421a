"""Tenants share the connections of the pool."""

import asyncio

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.pool import ConnectionPool
from tests.database.test_pool_connecting import FakeServer


@pytest.fixture
def pool() -> ConnectionPool:
    """A pool of five connections, of which a tenant may use four."""
    server = FakeServer()
    server.gate.set()
    return ConnectionPool(server.connect, size=5, max_overflow=0, timeout=10, tenant_share=0.8)


async def wait_in_order(pool: ConnectionPool, acquired: list[str], *groups: str) -> list["asyncio.Task[None]"]:
    async def acquire(group: str) -> None:
        await pool.acquire(group)
        acquired.append(group)

    tasks = []
    for group in groups:
        tasks.append(asyncio.create_task(acquire(group)))
        await asyncio.sleep(0)
    return tasks


async def test_waiting_tenant_with_the_fewest_connections_is_next(pool: ConnectionPool) -> None:
    held = [await pool.acquire(group) for group in "aaaab"]
    acquired: list[str] = []
    tasks = await wait_in_order(pool, acquired, "a", "a", "b", "c")
    for connection in (held[4], held[0], held[1], held[2]):
        assert pool.park(connection)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert acquired == ["b", "c", "a", "a"]  # at first a has four, and b and c have none


async def test_tenant_leaves_a_reserve_to_others(pool: ConnectionPool) -> None:
    held = [await pool.acquire("a") for _ in range(4)]
    acquired: list[str] = []
    (waiting,) = await wait_in_order(pool, acquired, "a")
    other = await pool.acquire("b")
    assert pool.park(other)
    await asyncio.sleep(0)
    assert (acquired, pool.status().idle, pool.status().waiting) == ([], 1, 1)
    await pool.release(held[0])
    await waiting
    assert pool.status().in_use == 4


async def test_the_server_itself_may_use_all_connections(pool: ConnectionPool) -> None:
    for _ in range(5):
        await pool.acquire()
    assert pool.status().in_use == 5


async def test_waiters_that_give_up_and_lost_connections_leave_no_count_behind(pool: ConnectionPool) -> None:
    pool._timeout = 0.01  # noqa: SLF001 -- only this test needs it
    for _ in range(3):
        held = [await pool.acquire("a") for _ in range(4)]
        with pytest.raises(PoolTimeout):
            await pool.acquire("a")
        (waiting,) = await wait_in_order(pool, [], "a")
        waiting.cancel()
        held[0].driver.terminate()
        for connection in held:
            await pool.release(connection)
        assert pool.status().in_use == 0
