"""Tasks that continue when a task that waits for their result is cancelled: a cheaper asyncio.shield()."""

from asyncio import Future, Task, get_running_loop
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class ShieldedTask(Generic[Result]):
    """A coroutine that runs in its own task and is not cancelled with the tasks that wait for its result.

    Any number of tasks may wait. If none is left when the coroutine raises, asyncio logs nothing.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Result]) -> None:
        self._waiters: list[Future[None]] = []
        self.task: Task[Result] = get_running_loop().create_task(self._run(coroutine))

    async def result(self) -> Result:
        """Wait for the coroutine; return its result or raise its exception."""
        if not self.task.done():
            waiter: Future[None] = get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        return self.task.result()

    async def _run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run the coroutine, and wake the waiters. They resume after the end of this task: so much sooner than if a
        callback of the task woke them, which would take another iteration of the event loop."""
        try:
            return await coroutine
        except BaseException:
            self.task.add_done_callback(_retrieve_exception)
            raise
        finally:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)


def _retrieve_exception(task: "Task[Any]") -> None:
    """Mark the exception as retrieved, or asyncio would log it."""
    if not task.cancelled():
        task.exception()
