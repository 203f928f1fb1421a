"""Tasks that continue when the tasks that wait for them are cancelled."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from database.shielded_task import ShieldedTask

DELAY_SECONDS = 0.01


class GatedCoroutine:
    """A coroutine function that waits for `gate`; counts how often it ended."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.end_count = 0

    async def __call__(self, error: Exception | None = None) -> str:
        await self.gate.wait()
        self.end_count += 1
        if error is not None:
            raise error
        return "done"


@pytest.fixture
async def unhandled_exceptions() -> AsyncIterator[list[Any]]:
    """The contexts that asyncio passes to the exception handler of the event loop."""
    contexts: list[Any] = []
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: contexts.append(context))
    yield contexts
    loop.set_exception_handler(handler)


async def test_result_is_received_by_all_waiters_and_after_the_end() -> None:
    coroutine = GatedCoroutine()
    shielded = ShieldedTask(coroutine())
    waiters = [asyncio.create_task(shielded.result()) for _ in range(3)]
    await asyncio.sleep(0)
    coroutine.gate.set()
    assert await asyncio.gather(*waiters) == ["done"] * 3
    assert await shielded.result() == "done"
    assert coroutine.end_count == 1


async def test_cancelled_waiter_affects_neither_the_task_nor_other_waiters() -> None:
    coroutine = GatedCoroutine()
    shielded = ShieldedTask(coroutine())
    cancelled, remaining = (asyncio.create_task(shielded.result()) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    coroutine.gate.set()
    assert await remaining == "done"


async def test_all_waiters_receive_the_exception() -> None:
    coroutine = GatedCoroutine()
    shielded = ShieldedTask(coroutine(ValueError("no")))
    waiters = [asyncio.create_task(shielded.result()) for _ in range(2)]
    await asyncio.sleep(0)
    coroutine.gate.set()
    errors = await asyncio.gather(*waiters, return_exceptions=True)
    assert [str(error) for error in errors] == ["no", "no"]


async def test_exception_without_waiters_is_not_reported(unhandled_exceptions: list[Any]) -> None:
    coroutine = GatedCoroutine()
    await asyncio.wait([_start_cancelled_waiter(coroutine)])
    coroutine.gate.set()
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()  # asyncio reports unretrieved exceptions when the task is collected
    assert (coroutine.end_count, unhandled_exceptions) == (1, [])


def _start_cancelled_waiter(coroutine: GatedCoroutine) -> "asyncio.Task[str]":
    """Start a task that waits for an exception and is cancelled before it is raised."""
    waiter = asyncio.create_task(ShieldedTask(coroutine(ValueError("no"))).result())
    asyncio.get_running_loop().call_later(DELAY_SECONDS, waiter.cancel)
    return waiter
