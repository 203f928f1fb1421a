"""Connecting to one of several hosts, of which one is the primary at a time.

asyncpg tries the hosts of a URL one after the other within a single timeout, always in the same order. If the first one
drops packets, it uses up all of the time, for every connection. Here each host has its own timeout, the one that was
suitable last is tried first, and the next one waits for at most HOST_DELAY.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

logger = logging.getLogger("allotment.database")

HOST_DELAY = 1.0
"""Seconds after which further hosts are tried while one has not answered. It may still answer later."""

Host = tuple[str, int]
Attempt = asyncio.Task[Any]


class HostConnector:
    """Replaces `asyncpg.connect`: opens a connection to the first host that answers and has the session attributes."""

    def __init__(self, connect: Callable[..., Awaitable[Any]] = asyncpg.connect, delay: float = HOST_DELAY) -> None:
        self._connect = connect
        self._delay = delay
        self.last: Host | None = None
        """The host that was suitable last."""
        self.on_change: Callable[[], None] | None = None
        """Called when another host than the last one is suitable: connections to that one are of no use any more."""

    async def __call__(self, *, host: Sequence[str], port: Sequence[int], **arguments: Any) -> Any:
        """Connect. Raise the error of a host if all of them have failed."""
        hosts = sorted(zip(host, port, strict=True), key=lambda address: address != self.last)
        search = _Search(lambda address: self._connect(host=address[0], port=address[1], **arguments), self._delay)
        try:
            used, connection = await search.find(hosts)
        finally:
            search.discard_attempts()
        self._note(used)
        return connection

    def _note(self, used: Host) -> None:
        previous, self.last = self.last, used
        if previous is None:
            logger.info("Connected to the database on %s:%d", *used)
        elif used != previous:
            logger.warning("Connected to the database on %s:%d instead of %s:%d", *used, *previous)
            if self.on_change is not None:
                self.on_change()


class _Search:
    """The attempts to open one connection."""

    def __init__(self, connect: Callable[[Host], Awaitable[Any]], delay: float) -> None:
        self._connect = connect
        self._delay = delay
        self._pending: dict[Attempt, Host] = {}
        self._errors: dict[Host, BaseException] = {}

    async def find(self, hosts: Sequence[Host]) -> tuple[Host, Any]:
        """Return the first suitable host, and the connection to it. As long as a host does not answer, ask the others
        again: one of them may be promoted in the meantime."""
        while True:
            for address in hosts:
                if address not in self._pending.values():
                    self._pending[asyncio.ensure_future(self._connect(address))] = address
                if (found := await self._wait()) is not None:
                    return found
            if not self._pending:
                raise _most_important([self._errors[address] for address in hosts])

    async def _wait(self) -> tuple[Host, Any] | None:
        """Wait until an attempt succeeds, and return its result; None if one fails, or after the delay."""
        if self._pending:
            await asyncio.wait(self._pending, timeout=self._delay, return_when=asyncio.FIRST_COMPLETED)
        for attempt in [attempt for attempt in self._pending if attempt.done()]:
            address = self._pending.pop(attempt)
            error = attempt.exception()
            if error is None:
                return address, attempt.result()
            self._errors[address] = error
        return None

    def discard_attempts(self) -> None:
        """Cancel the attempts that are not needed; close the connection of one that has succeeded at the same time."""
        for attempt in self._pending:
            attempt.cancel()
            attempt.add_done_callback(_terminate_result)


def _terminate_result(attempt: Attempt) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().terminate()


def _most_important(errors: Sequence[BaseException]) -> BaseException:
    """Return the error of the host that was tried first and did more than report that it is a standby."""
    return next(
        (error for error in errors if not isinstance(error, asyncpg.TargetServerAttributeNotMatched)), errors[0]
    )
