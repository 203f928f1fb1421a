"""Tasks that continue when a task that waits for their result is cancelled: a cheaper asyncio.shield()."""

from asyncio import Future, Task, create_task, get_running_loop
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class ShieldedTask(Generic[Result]):
    """A coroutine that runs in its own task and is not cancelled with the tasks that wait for its result.

    Any number of tasks may wait. If none is left when the coroutine raises, asyncio logs nothing.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Result]) -> None:
        self.task: Task[Result] = create_task(coroutine)
        self.task.add_done_callback(self._wake_waiters)
        self._waiters: list[Future[None]] = []

    async def result(self) -> Result:
        """Wait for the coroutine; return its result or raise its exception."""
        if not self.task.done():
            waiter: Future[None] = get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        return self.task.result()

    def _wake_waiters(self, task: Task[Result]) -> None:
        if not task.cancelled():
            task.exception()  # marks it as retrieved, or asyncio would log it
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
