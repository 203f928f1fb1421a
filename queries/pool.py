"""The pool of PostgreSQL's connections, made for many short reads.

A read-only transaction has nothing to end but itself. So a connection may come back with one still open: whoever takes
the connection next sends the ROLLBACK along with what they begin with, in the same message, and nobody waits for it.

To have SQLAlchemy's pool hand a connection out and take it back costs half of what a statement does. So what comes
back lies beside it for a moment, for whoever wants a connection next; then its transaction is ended and it is put away.
Where connections are scarce, it goes from hand to hand.
"""

from asyncio import Task, TimerHandle, ensure_future, get_running_loop
from collections import deque
from time import monotonic
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from queries.expectations import Expectations
from queries.line import Line

ROLLBACK = "ROLLBACK"
MOMENT = 0.01
"""Seconds that a connection may lie there."""
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_OPEN = "open"


class DriverPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's own, with a place beside it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.expectations = Expectations()
        self._lying: deque[tuple[float, PoolProxiedConnection]] = deque()
        """Since when, and what; the youngest last."""
        self._line: Line[PoolProxiedConnection | None] = Line(self._hand_on)
        """Who waits for what others leave. They are handed nothing when there is something in SQLAlchemy's pool."""
        self._wanting = 0
        """How many wait there."""
        self._soon: TimerHandle | None = None
        self._tidying: Task[None] | None = None
        self.tidied = 0
        """How many connections the pool itself has in hand."""
        event.listen(self, "checkout", _end_what_is_open)

    async def take(self) -> PoolProxiedConnection:
        """A connection, which may have an open transaction, and on which the server has not yet hung up."""
        while True:
            connection = self._lying.pop()[1] if self._lying else await self._next()
            if not is_lost(connection):
                return connection
            await greenlet_spawn(connection.invalidate)

    def leave(self, connection: PoolProxiedConnection, *, is_open: bool) -> bool:
        """Give a connection back, with a transaction open or none; whether that was done. One too many, or one that
        somebody waits for in SQLAlchemy's pool, is not taken like this."""
        if self._wanting:
            return False
        if is_open:
            connection.info[_OPEN] = True
        if self._line.serve(connection):
            return True
        if self.overflow() > 0:
            return False
        self._hand_on(connection)
        return True

    async def give(self, connection: PoolProxiedConnection) -> None:
        """Give a connection back for good; it is closed if there are enough."""
        await greenlet_spawn(connection.close)

    async def settle(self) -> None:
        """Return when nothing lies there and nothing is under way, before the pool is closed."""
        while self._lying:
            await self._put_away()
        if self._soon is not None:
            self._soon.cancel()
        if self._tidying is not None:
            await self._tidying

    def checkedin(self) -> int:
        return super().checkedin() + len(self._lying)

    def checkedout(self) -> int:
        return super().checkedout() - len(self._lying)

    def _do_get(self) -> ConnectionPoolEntry:
        """For those who come through SQLAlchemy, and whoever finds nothing beside it."""
        if self._lying and self._pool.empty():
            self._lying.popleft()[1].close()
        self._wanting += 1
        try:
            return super()._do_get()
        finally:
            self._wanting -= 1
            self._call_next()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._call_next()

    def _call_next(self) -> None:
        """Have the next in line look into SQLAlchemy's pool, if nobody there waits for what it has."""
        if not self._wanting and self._has_some():
            self._line.serve(None)

    def _has_some(self) -> bool:
        """Whether SQLAlchemy's pool has a connection, or may make one."""
        return not self._pool.empty() or not -1 < self._max_overflow <= self._overflow

    async def _next(self) -> PoolProxiedConnection:
        """One of SQLAlchemy's; or, if it has none and may make no more, what somebody leaves."""
        if not self._has_some():
            message = f"None of {self.checkedout()} connections came free in {self._timeout} seconds."
            left = await self._line.wait(self._timeout, PoolTimeout(message))
            if left is not None:
                return left
        return await greenlet_spawn(self.connect)

    def _hand_on(self, connection: PoolProxiedConnection | None) -> None:
        """Give it to the next in line, or lay it down."""
        if not self._line.serve(connection) and connection is not None:
            self._lying.append((monotonic(), connection))
            self._tidy_later()

    def _tidy_later(self) -> None:
        if self._soon is None:
            self._soon = get_running_loop().call_later(MOMENT, self._begin_to_tidy)

    def _begin_to_tidy(self) -> None:
        self._soon = None
        if self._tidying is None or self._tidying.done():
            self._tidying = ensure_future(self._tidy())

    async def _tidy(self) -> None:
        """Put away what has lain there for a moment."""
        while self._lying and monotonic() - self._lying[0][0] >= MOMENT:
            await self._put_away()
        if self._lying:
            self._tidy_later()

    async def _put_away(self) -> None:
        _, connection = self._lying.popleft()
        self.tidied += 1
        try:
            if was_open(connection):
                await end(connection)
            await self.give(connection)
        finally:
            self.tidied -= 1


def is_lost(connection: PoolProxiedConnection) -> bool:
    """Whether the server has hung up, as far as is known."""
    driver: Any = connection.driver_connection
    return bool(driver.is_closed())


def was_open(connection: PoolProxiedConnection) -> bool:
    """Whether there is an open transaction, which whoever asks is going to end."""
    return connection.info.pop(_OPEN, None) is not None


async def end(connection: PoolProxiedConnection) -> None:
    """End its transaction; it is made anew if that fails."""
    connection.info.pop(_OPEN, None)
    driver: Any = connection.driver_connection
    try:
        await driver.execute(ROLLBACK)
    except LOST:
        await greenlet_spawn(connection.invalidate)


def _end_what_is_open(connection: Any, record: Any, _proxy: Any) -> None:
    """What lay there had to be handed to somebody who knows nothing of it."""
    if record.info.pop(_OPEN, None):
        try:
            connection.run_async(lambda driver: driver.execute(ROLLBACK))
        except LOST as error:
            raise DisconnectionError from error
