"""Work that goes on when whoever waits for it is cancelled: as asyncio.shield() would have it, for less."""

from asyncio import Future, create_task, get_running_loop
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Lasting(Generic[Result]):
    """A coroutine in a task of its own. Any number may wait for its result; should it fail when nobody does any more,
    that is nobody's business, and nothing to be logged."""

    def __init__(self, work: Coroutine[Any, Any, Result]) -> None:
        self._task = create_task(work)
        self._task.add_done_callback(self._wake)
        self._waiting: list[Future[None]] = []

    async def result(self) -> Result:
        """What came of it."""
        if not self._task.done():
            waiting: Future[None] = get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self._task.result()

    def _wake(self, task: Future[Result]) -> None:
        if not task.cancelled():
            task.exception()  # looked at, as asyncio wants it to be
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
