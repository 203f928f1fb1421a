"""A first-in, first-out queue of tasks that wait for a value."""

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class WaiterQueue(Generic[Value]):
    """Tasks that wait for a value, served first in, first out.

    `reclaim` is called with a value whose waiter was cancelled after the assignment and before it could resume.
    """

    def __init__(self, reclaim: Callable[[Value], None]) -> None:
        self._reclaim = reclaim
        self._waiters: deque[Future[Value]] = deque()

    def __len__(self) -> int:
        """The number of tasks that still wait."""
        return sum(not waiter.done() for waiter in self._waiters)

    async def wait(self, seconds: float, timeout_error: Exception) -> Value:
        """Return the value that `assign` passes to this task; raise `timeout_error` after `seconds`."""
        loop = get_running_loop()
        waiter: Future[Value] = loop.create_future()
        self._waiters.append(waiter)
        timer = loop.call_later(seconds, _fail, waiter, timeout_error)
        try:
            return await waiter
        except CancelledError:
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._reclaim(waiter.result())
            raise
        finally:
            timer.cancel()

    def assign(self, value: Value) -> bool:
        """Pass the value to the task that has waited longest; return False if none waits."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(value)
                return True
        return False


def _fail(waiter: Future[Value], error: Exception) -> None:
    if not waiter.done():
        waiter.set_exception(error)
