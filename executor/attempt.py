"""Tries what is planned; when anything goes wrong there, ends it and leaves it to graphql-core."""

from asyncio import Future, gather
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from logging import getLogger
from typing import Any

from executor.run import Answer, Run

LOG = getLogger(__name__)
DROPPED = "A plan was dropped; graphql-core executes the operation."
Restart = Callable[[], Awaitable[None]]


@dataclass(eq=False)
class Attempt:
    """`begin` gives a list of one result, or will; `finish` makes of that result what is answered; `otherwise` is
    graphql-core's way to the same answer; `on_fallback` is awaited before it is taken."""

    run: Run
    begin: Callable[[], Answer]
    finish: Callable[[Any], Any]
    otherwise: Callable[[], Any]
    on_fallback: Restart | None

    def result(self) -> Any:
        """What is answered, or an awaitable of it."""
        try:
            answer = self.begin()
        except Exception:
            LOG.debug(DROPPED, exc_info=True)
            answer = None
        except BaseException:
            self.run.abandon()
            raise
        if answer is None:
            return self._fall_back()
        return self.finish(answer[0]) if isinstance(answer, list) else self._awaited(answer)

    async def _awaited(self, answer: Awaitable[list[Any]]) -> Any:
        try:
            (result,) = await answer
        except Exception:
            LOG.debug(DROPPED, exc_info=True)
        except BaseException:
            self.run.abandon()
            raise
        else:
            return self.finish(result)
        result = self._fall_back()  # after the block, lest graphql-core's errors have ours for their context
        return await result if isawaitable(result) else result

    def _fall_back(self) -> Any:
        """Begin anew, at once if nothing is under way any more and nobody wants to know."""
        running = self.run.abandon()
        return self._restarted(running) if running or self.on_fallback else self.otherwise()

    async def _restarted(self, running: list[Future[Any]]) -> Any:
        await gather(*running, return_exceptions=True)
        if self.on_fallback is not None:
            await self.on_fallback()
        result = self.otherwise()
        return await result if isawaitable(result) else result
