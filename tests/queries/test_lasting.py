"""Work that goes on when whoever waits for it is cancelled."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from queries.lasting import Lasting

MOMENT = 0.01


class Work:
    """Ends when it is let go, and says how often it ended."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.ended = 0

    async def __call__(self, problem: Exception | None = None) -> str:
        await self.gate.wait()
        self.ended += 1
        if problem is not None:
            raise problem
        return "done"


@pytest.fixture
async def reported() -> AsyncIterator[list[Any]]:
    """What asyncio had to report of work that nobody looked at."""
    found: list[Any] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield found
    loop.set_exception_handler(before)


async def test_all_who_wait_are_told_and_so_is_who_comes_late() -> None:
    work = Work()
    lasting = Lasting(work())
    waiting = [asyncio.create_task(lasting.result()) for _ in range(3)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*waiting) == ["done"] * 3
    assert await lasting.result() == "done"
    assert work.ended == 1


async def test_who_is_cancelled_disturbs_neither_the_work_nor_others() -> None:
    work = Work()
    lasting = Lasting(work())
    leaving, staying = (asyncio.create_task(lasting.result()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    work.gate.set()
    assert await staying == "done"


async def test_all_who_wait_get_the_failure() -> None:
    work = Work()
    lasting = Lasting(work(ValueError("no")))
    waiting = [asyncio.create_task(lasting.result()) for _ in range(2)]
    await asyncio.sleep(0)
    work.gate.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no", "no"]


async def test_a_failure_that_nobody_waits_for_is_not_reported(reported: list[Any]) -> None:
    work = Work()
    await asyncio.wait([_abandoned(work)])
    work.gate.set()
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()  # asyncio reports what nobody looked at when it goes
    assert (work.ended, reported) == (1, [])


def _abandoned(work: Work) -> "asyncio.Task[str]":
    """Whoever waits for a failure, and is cancelled before."""
    waiting = asyncio.create_task(Lasting(work(ValueError("no"))).result())
    asyncio.get_running_loop().call_later(MOMENT, waiting.cancel)
    return waiting
