"""An open subscription over HTTP: waiting for its results, and its end."""

import time
from asyncio import FIRST_COMPLETED, Future, Task, TimerHandle, create_task, gather, get_running_loop, wait
from collections.abc import Callable
from typing import Any

from resolvers.context import Context
from server.graphql.outcome import Outcome
from server.graphql.result_stream import ResultStream
from services.people.tokens import LEEWAY_SECONDS

TOKEN_EXPIRED = "The access token has expired: subscribe again with a new one."  # noqa: S105
_COMPLETED = "The subscription is completed."


class SubscriptionEnded(Exception):
    """The subscription was ended before its results were complete."""


class HttpSubscription:
    """The results of a subscription, until they are complete, or the subscription is ended or closed."""

    def __init__(self, stream: ResultStream, context: Context, on_close: Callable[["HttpSubscription"], None]) -> None:
        self._stream = stream
        self._results = aiter(stream)
        self._context = context
        self._on_close = on_close
        self._next: Task[Outcome] | None = None
        self._expiry_timer = self._start_expiry_timer()
        self.ended: Future[str] = get_running_loop().create_future()
        """Why the subscription has ended before its results were complete."""

    def end(self, reason: str) -> None:
        """Send no more results. The client learns that there may be more."""
        if not self.ended.done():
            self.ended.set_result(reason)

    async def next_result(self, seconds: float) -> Outcome | None:
        """Return the next result, or None after `seconds` without one. Raise StopAsyncIteration if the results are
        complete, SubscriptionEnded if the subscription has ended."""
        if self._next is None:
            self._next = create_task(self._load_next())
        awaited: set[Future[Any]] = {self._next, self.ended}
        await wait(awaited, timeout=seconds, return_when=FIRST_COMPLETED)
        if self.ended.done():
            raise SubscriptionEnded(self.ended.result())
        if not self._next.done():
            return None
        finished, self._next = self._next, None
        return finished.result()

    async def close(self) -> None:
        """Stop what runs for the subscription, and release it."""
        if self._expiry_timer is not None:
            self._expiry_timer.cancel()
        try:
            self._context.abort(self.ended.result() if self.ended.done() else _COMPLETED)
            if self._next is not None:
                self._next.cancel()
                await gather(self._next, return_exceptions=True)
            await self._stream.aclose()
        finally:
            self._on_close(self)

    async def _load_next(self) -> Outcome:
        return await anext(self._results)

    def _start_expiry_timer(self) -> TimerHandle | None:
        expires_at = self._context.credentials.expires_at
        if expires_at is None:
            return None
        return get_running_loop().call_later(expires_at + LEEWAY_SECONDS - time.time(), self.end, TOKEN_EXPIRED)
