"""The queue of tasks that wait for a connection."""

import asyncio

import pytest

from database.waiters import WaiterQueue

LONG_SECONDS = 60
TIMEOUT_ERROR = TimeoutError("too long")


@pytest.fixture
def reclaimed_values() -> list[str]:
    """The values whose waiters were cancelled."""
    return []


@pytest.fixture
def waiters(reclaimed_values: list[str]) -> WaiterQueue[str]:
    """A queue that adds reclaimed values to `reclaimed_values`."""
    return WaiterQueue(reclaimed_values.append)


async def start_waiters(waiters: WaiterQueue[str], number: int) -> list["asyncio.Task[str]"]:
    """Start tasks that wait, in this order."""
    tasks = [asyncio.create_task(waiters.wait(LONG_SECONDS, TIMEOUT_ERROR)) for _ in range(number)]
    await asyncio.sleep(0)
    return tasks


async def test_waiters_are_served_in_order_of_arrival(waiters: WaiterQueue[str]) -> None:
    tasks = await start_waiters(waiters, 3)
    assert [waiters.assign(value) for value in "abcd"] == [True, True, True, False]
    assert await asyncio.gather(*tasks) == ["a", "b", "c"]


async def test_cancelled_waiter_is_skipped(waiters: WaiterQueue[str], reclaimed_values: list[str]) -> None:
    first, second = await start_waiters(waiters, 2)
    first.cancel()
    await asyncio.sleep(0)
    assert waiters.assign("a")
    assert (await second, reclaimed_values) == ("a", [])


async def test_value_is_reclaimed_if_its_waiter_is_cancelled_before_it_resumes(
    waiters: WaiterQueue[str], reclaimed_values: list[str]
) -> None:
    (task,) = await start_waiters(waiters, 1)
    assert waiters.assign("a")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reclaimed_values == ["a"]


async def test_waiter_times_out(waiters: WaiterQueue[str], reclaimed_values: list[str]) -> None:
    with pytest.raises(TimeoutError, match="too long"):
        await waiters.wait(0.01, TIMEOUT_ERROR)
    assert not waiters.assign("a")
    assert reclaimed_values == []


async def test_length_counts_tasks_that_still_wait(waiters: WaiterQueue[str]) -> None:
    first, second, _third = await start_waiters(waiters, 3)
    first.cancel()
    await asyncio.sleep(0)
    waiters.assign("a")
    assert (await second, len(waiters)) == ("a", 1)
