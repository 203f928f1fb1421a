"""Divides the work of an execution into steps, between which the event loop runs other tasks."""

from asyncio import Future, get_running_loop
from collections import deque
from time import perf_counter

STEP_SECONDS = 0.005


class Pacer:
    """Lets the coroutines of one execution work for about STEP_SECONDS per iteration of the event loop.

    When the time is used up, they queue, and each iteration resumes one of them. A coroutine that only awaited
    `sleep(0)` would resume in the same iteration as all others, so that together they would block the loop."""

    def __init__(self) -> None:
        self._deadline = 0.0
        self._waiters: deque[Future[None]] = deque()

    def is_due(self) -> bool:
        """Return whether the time of this iteration is used up."""
        return perf_counter() >= self._deadline

    async def pause(self) -> None:
        """Return at once if there is time left in this iteration; otherwise wait for a later one."""
        if self.is_due():
            await self._wait()
            self._deadline = perf_counter() + STEP_SECONDS

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
