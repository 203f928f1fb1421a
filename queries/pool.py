"""The pool of PostgreSQL's connections, made for many short reads.

A read-only transaction has nothing to end but itself. So a connection may come back with one still open: whoever takes
the connection next sends the ROLLBACK along with what they begin with, in the same message, and nobody waits for it. A
connection that nobody wants is not left like that: the pool ends its transaction after a moment.
"""

from asyncio import Task, TimerHandle, ensure_future, get_running_loop
from contextlib import suppress
from time import monotonic
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError, MissingGreenlet
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn
from sqlalchemy.util.concurrency import in_greenlet
from sqlalchemy.util.queue import Empty

from queries.expectations import Expectations

ROLLBACK = "ROLLBACK"
MOMENT = 0.01
"""Seconds that a connection may lie with an open transaction."""
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_OPEN = "open"


class DriverPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's own waits for a connection even where one is ready, once it has made as many as it may; to wait it
    needs a greenlet, which costs more than the connection's checkout."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.expectations = Expectations()
        self._soon: TimerHandle | None = None
        self._tidying: Task[None] | None = None
        self.tidied = 0
        """How many connections the pool itself has in hand."""
        event.listen(self, "checkout", _end_what_is_open)

    async def take(self) -> PoolProxiedConnection:
        """A connection, which may have an open transaction, and on which the server has not yet hung up."""
        while True:
            connection = self._ready()
            if connection is None:
                connection = await greenlet_spawn(self.connect)
            if not is_lost(connection):
                return connection
            await greenlet_spawn(connection.invalidate)

    def _ready(self) -> PoolProxiedConnection | None:
        """A connection for which nothing has to be waited for."""
        if self.checkedin():
            with suppress(MissingGreenlet):
                return self.connect()
        return None

    def leave(self, connection: PoolProxiedConnection) -> bool:
        """Give a connection back with its transaction open; whether that was done. One too many is not taken."""
        if self.overflow() > 0:
            return False
        connection.info[_OPEN] = monotonic()
        connection.close()
        self._tidy_later()
        return True

    async def give(self, connection: PoolProxiedConnection) -> None:
        """Give a connection back; it is closed if there are enough."""
        await greenlet_spawn(connection.close)

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            entry: Any = self._pool.get(block=False)
        except Empty:
            return super()._do_get()
        if entry._is_hard_or_soft_invalidated() and not in_greenlet():  # noqa: SLF001
            self._pool.put(entry, block=False)
            raise MissingGreenlet
        return entry  # type: ignore[no-any-return]

    async def settle(self) -> None:
        """Return when nothing is under way, before the pool is closed."""
        if self._soon is not None:
            self._soon.cancel()
        if self._tidying is not None:
            await self._tidying

    def _tidy_later(self) -> None:
        if self._soon is None:
            self._soon = get_running_loop().call_later(MOMENT, self._begin_to_tidy)

    def _begin_to_tidy(self) -> None:
        self._soon = None
        self._tidying = ensure_future(self._tidy())

    async def _tidy(self) -> None:
        """End what has been open for a moment."""
        for _ in range(self.checkedin()):
            with suppress(MissingGreenlet):
                await self._look_at(self.connect())

    async def _look_at(self, connection: PoolProxiedConnection) -> None:
        since = connection.info.get(_OPEN)
        if since is not None and monotonic() - since < MOMENT:
            self._tidy_later()
        elif since is not None:
            self.tidied += 1
            await end(connection)
            self.tidied -= 1
        await self.give(connection)


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
    """For everybody who comes through SQLAlchemy, and knows nothing of this."""
    if _OPEN in record.info and in_greenlet():
        del record.info[_OPEN]
        try:
            connection.run_async(lambda driver: driver.execute(ROLLBACK))
        except LOST as error:
            raise DisconnectionError from error
