"""A pool of asyncpg connections for many short read transactions.

A read-only transaction has nothing to commit. So a connection may be parked: returned with its transaction still open.
The next user sends ROLLBACK in the same message as its own BEGIN, which saves a round trip. A reaper ends a parked
transaction that has not been reused within IDLE_SECONDS, so that it does not hold back vacuum. Neither `park` nor, when
a connection is idle, `acquire` ever suspends the caller.
"""

import logging
from asyncio import CancelledError, Task, TimerHandle, create_task, get_running_loop, wait
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any
from weakref import WeakSet

from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.connection import BUILD_DEADLINE, NO_GROUP, PooledConnection
from database.pool_usage import PoolUsage
from database.shares import Group, Shares, share_of
from database.shielded_task import ShieldedTask
from database.waiters import WaiterQueue

logger = logging.getLogger("allotment.database")

IDLE_SECONDS = 0.01
"""How long the transaction of a parked connection stays open."""
CLOSE_TIMEOUT = 2.0


@dataclass(frozen=True)
class PoolStatus:
    """The numbers of a pool's connections, and of the tasks that wait for one."""

    total: int
    """Connections that are open or being opened."""
    idle: int
    """Connections that can be acquired, parked ones included."""
    parked: int
    """Connections that can be acquired and whose last read transaction is still open."""
    waiting: int

    @property
    def in_use(self) -> int:
        """Connections that are acquired or being opened."""
        return self.total - self.idle


class ConnectionPool:
    """Up to `size` idle connections, and up to `size + max_overflow` connections in all."""

    _total = 0
    _reaping = 0
    _is_closed = False
    _trusted_since = -inf
    """Connections that were opened before are not used again: one of them was lost then, so others may be, too."""

    def __init__(  # noqa: PLR0913 -- keywords
        self,
        connect: Callable[[], Awaitable[Any]],
        *,
        size: int,
        max_overflow: int,
        timeout: float,
        recycle: float = 3600.0,
        answer_timeout: float | None = None,
        tenant_share: float = 1.0,
        parks_transactions: bool = True,
    ) -> None:
        self._connect = connect
        self._answer_timeout = answer_timeout
        self.build_deadline = BUILD_DEADLINE
        self._size = size
        self._limit = size + max_overflow
        self._timeout = timeout
        self._recycle = recycle
        """The age in seconds from which on connections are closed instead of used again: their server processes and
        caches would grow forever."""
        self._parks_transactions = parks_transactions
        """False behind a pooler: if the message that begins a transaction ends the last one, no other process gets the
        server session."""
        self._opened = WeakSet[PooledConnection]()
        """All connections, also those in use."""
        self._idle: list[PooledConnection] = []
        self._parked: deque[PooledConnection] = deque()
        """In the order of `parked_at`."""
        self._shares = Shares(share_of(self._limit, tenant_share))
        self._waiters: WaiterQueue[PooledConnection | None] = WaiterQueue(self._reclaim, self._shares)
        """A waiter is assigned a connection, or None: the right to open one. If one is idle or not yet opened, then all
        groups that wait hold as many as they may."""
        self._opening: set[Task[PooledConnection]] = set()
        self._reaper_timer: TimerHandle | None = None
        self._reaper: Task[None] | None = None

    def status(self) -> PoolStatus:
        idle = len(self._idle) + len(self._parked) + self._reaping
        return PoolStatus(self._total, idle, len(self._parked), len(self._waiters))

    def usage(self) -> PoolUsage:
        """Count the connections in the terms of the settings."""
        status = self.status()
        return PoolUsage(
            size=self._size,
            max_overflow=self._limit - self._size,
            in_use=status.in_use,
            idle=status.idle,
            overflow=max(0, status.total - self._size),
            waiting=status.waiting,
        )

    async def acquire(self, group: Group = None, *, prefers_idle: bool = False) -> PooledConnection:
        """Return a connection that is not known to be lost; it may have a transaction open, which the user ends, but
        with `prefers_idle` only if all have. Raise PoolTimeout if none becomes free for the group in time."""
        if group not in self._shares.held or not self._shares.is_full(group):
            while self._parked or self._idle:
                is_parked = self._parked and not (prefers_idle and self._idle)
                connection = self._parked.pop() if is_parked else self._pop_idle()
                if not connection.is_closed:
                    self._shares.take(group)
                    connection.group = group
                    return connection
                self._total -= 1
            if self._is_closed:
                raise InvalidRequestError("The connection pool is closed.")
            if self._total < self._limit:
                self._total += 1
                self._shares.take(group)
                return await self._open(group)
        message = f"None of {self._total} connections became free in {self._timeout} seconds."
        assigned = await self._waiters.wait(self._timeout, PoolTimeout(message), group)
        if assigned is None or assigned.is_closed:
            return await self._open(group)
        assigned.group = group
        return assigned

    def park(self, connection: PooledConnection) -> bool:
        """Return a usable connection at once, with its read transaction still open or none.

        Return False, and leave the connection to the caller, if `release` has to end its transaction or close it.
        """
        self._leave(connection)
        connection.parked_at = monotonic()
        is_too_old = connection.parked_at - connection.opened_at > self._recycle
        if is_too_old or self._is_closed or connection.opened_at < self._trusted_since:
            return False
        if (is_open := connection.has_open_transaction) and not self._parks_transactions:
            return False
        if self._waiters.assign(connection):
            return True
        if len(self._idle) + len(self._parked) >= self._size:
            return False
        self._store(connection, is_open=is_open)
        return True

    def discard(self, connection: PooledConnection) -> None:
        """Cut off a connection whose server was lost or replaced, and all idle ones, each of which could fail another
        request. Older ones in use are closed when they are released."""
        connection.terminate()
        if connection.opened_at < self._trusted_since:
            return
        self._trusted_since = monotonic()
        idle = [*self._idle, *self._parked]
        self._idle.clear()
        self._parked.clear()
        for each in idle:
            each.terminate()
            self._free_slot()
        if idle:
            logger.warning("A connection to the database was lost; the %d idle ones were closed", len(idle))

    def discard_all(self) -> None:
        """Cut off all connections, because another host is the primary: no statement on them waits any longer."""
        for connection in list(self._opened):
            connection.terminate()

    async def release(self, connection: PooledConnection, *, rollback: bool = True) -> None:
        """Return a connection in any state: roll back its transaction, and close it if it is lost or surplus."""
        try:
            if rollback:
                await self._roll_back(connection)
            if not connection.is_closed and self.park(connection):
                return
            await connection.close(CLOSE_TIMEOUT)
        except BaseException:
            self._leave(connection)
            self._free_slot()
            raise
        self._leave(connection)
        self._free_slot()

    async def _roll_back(self, connection: PooledConnection) -> None:
        was_closed = connection.is_closed
        await connection.rollback()
        if connection.is_closed and not was_closed:
            self.discard(connection)

    async def drain(self) -> None:
        """End all parked transactions, and wait until the reaper has ended and all connections have opened."""
        if self._reaper_timer is not None:
            self._reaper_timer.cancel()
            self._reaper_timer = None
        if self._reaper is not None:
            await self._reaper
        await self._reap_parked(0)
        if self._opening:
            await wait(self._opening)

    async def close(self) -> None:
        """Close all idle connections now, and those in use when they are released."""
        self._is_closed = True
        await self.drain()
        while self._idle:
            await self.release(self._idle.pop(), rollback=False)

    def _pop_idle(self) -> PooledConnection:
        """Remove the connection that was stored last, and cut it off if it is too old.

        A parked connection needs no such check: its age was checked at most about IDLE_SECONDS ago.
        """
        connection = self._idle.pop()
        if monotonic() - connection.opened_at > self._recycle:
            connection.terminate()
        return connection

    def _leave(self, connection: PooledConnection) -> None:
        """Note that the group does not use the connection any more."""
        if connection.group is not NO_GROUP:
            self._shares.release(connection.group)
            connection.group = NO_GROUP

    async def _open(self, group: Group) -> PooledConnection:
        """Open a connection in a slot that the caller has reserved. If the caller is cancelled, the pool keeps it."""
        opening = ShieldedTask(self._open_pooled())
        self._opening.add(opening.task)
        opening.task.add_done_callback(self._opening.discard)
        try:
            connection = await opening.result()
        except CancelledError:
            self._shares.release(group)
            opening.task.add_done_callback(self._reclaim_opened)
            raise
        except BaseException:
            self._shares.release(group)
            self._free_slot()
            raise
        connection.group = group
        return connection

    async def _open_pooled(self) -> PooledConnection:
        started_at = monotonic()
        connection = PooledConnection(await self._connect(), self._answer_timeout, self.build_deadline)
        connection.opened_at = started_at
        self._opened.add(connection)
        return connection

    def _reclaim_opened(self, opening: Task[PooledConnection]) -> None:
        """Reclaim the connection that was opened for a cancelled task."""
        self._reclaim(None if opening.cancelled() or opening.exception() else opening.result())

    def _reclaim(self, connection: PooledConnection | None) -> None:
        """Assign a connection, or the right to open one, to a waiter; if there is none, store it."""
        if connection is None:
            self._free_slot()
        elif not self._waiters.assign(connection):
            self._store(connection, is_open=connection.has_open_transaction)

    def _free_slot(self) -> None:
        """Let the oldest waiter open a connection in place of one that was closed or not opened."""
        if not self._waiters.assign(None):
            self._total -= 1

    def _store(self, connection: PooledConnection, *, is_open: bool) -> None:
        if not is_open:
            self._idle.append(connection)
            return
        self._parked.append(connection)
        if self._reaper_timer is None:
            self._reaper_timer = get_running_loop().call_later(IDLE_SECONDS, self._start_reaper)

    def _start_reaper(self) -> None:
        self._reaper_timer = None
        if self._reaper is None or self._reaper.done():
            self._reaper = create_task(self._reap_parked(IDLE_SECONDS))

    async def _reap_parked(self, min_idle_seconds: float) -> None:
        """End the transactions of connections that have been parked for at least this time."""
        while self._parked and monotonic() - self._parked[0].parked_at >= min_idle_seconds:
            connection = self._parked.popleft()
            self._reaping += 1
            try:
                await self.release(connection)
            finally:
                self._reaping -= 1
        if self._parked and self._reaper_timer is None:
            self._reaper_timer = get_running_loop().call_later(IDLE_SECONDS, self._start_reaper)
