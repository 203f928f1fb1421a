"""Divides the work of an execution into steps, between which the event loop runs other tasks."""

from asyncio import Future, get_running_loop, sleep
from collections import deque
from collections.abc import Callable
from time import perf_counter

STEP_SECONDS = 0.002
MAX_YIELDED_STEPS = 5
"""An execution that has to yield to others sleeps for at most this many times as long as it may work."""


class Pacer:
    """Lets the coroutines of one execution work for about STEP_SECONDS per iteration of the event loop.

    When the time is used up, they queue, and each iteration resumes one of them. A coroutine that only awaited
    `sleep(0)` would resume in the same iteration as all others, so that together they would block the loop.

    While `must_yield` returns True, they sleep between the steps."""

    def __init__(self, must_yield: Callable[[], bool] | None = None) -> None:
        self._must_yield = must_yield
        self._deadline = 0.0
        self._waiters: deque[Future[None]] = deque()

    def is_due(self) -> bool:
        """Return whether the time of this iteration is used up."""
        return perf_counter() >= self._deadline

    async def pause(self) -> None:
        """Return at once if there is time left in this iteration; otherwise wait for a later one."""
        if self.is_due():
            await self._wait()
            if self._must_yield is not None:
                await self._yield(self._must_yield)
            self._deadline = perf_counter() + STEP_SECONDS

    async def _yield(self, must_yield: Callable[[], bool]) -> None:
        for _ in range(MAX_YIELDED_STEPS):
            if not must_yield():
                return
            await sleep(STEP_SECONDS)

    async def _wait(self) -> None:
        loop = get_running_loop()
        waiter = loop.create_future()
        self._waiters.append(waiter)
        if len(self._waiters) == 1:
            loop.call_soon(self._resume_next)
        await waiter

    def _resume_next(self) -> None:
        """Resume the first coroutine that has not been cancelled."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                break
        if self._waiters:
            get_running_loop().call_soon(self._resume_next)
