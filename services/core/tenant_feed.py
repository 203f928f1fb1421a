"""Following the change feed of a tenant: one task of the process reads new changes, and all followers receive them.

A follower has a position and no queue, so a slow one costs nothing: if the changes after its position are no longer in
memory, it reads them from the database.
"""

import asyncio
import logging
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from database.authentication import SystemCredentials
from database.engine import Database
from database.outage import is_outage
from database.reader import Reader
from models.log import LOG_ORDER
from services.core.change_feed import ChangePage, ChangeRequest, Cursor, cursor_of, decode_cursor, read_changes
from services.core.change_filter import EVERY_CHANGE
from services.core.errors import BadInput, CursorExpired

logger = logging.getLogger("allotment.changes")

PAGE_SIZE = 100
MAX_RECENT = 1000
"""The changes of a tenant that are in memory."""
MIN_INTERVAL_SECONDS = 0.005
"""The time between two reads of a tenant's feed."""
MAX_UNSETTLED_SECONDS = 0.25
"""How long to wait until older transactions have ended, at most."""
RETRY_SECONDS = 0.5
"""How long to wait after an outage of the database."""


class TenantFeed:
    """The newest changes of one tenant. `follow` must run while it is used."""

    def __init__(self, database: Database, tenant: UUID, retention: timedelta) -> None:
        self._tenant = tenant
        self._signal = database.change_signal
        self._credentials = SystemCredentials(tenant_id=tenant, group=f"tenant:{tenant}")
        self._database = database
        self._retention = retention
        self._recent: deque[tuple[tuple[int, ...], Any]] = deque(maxlen=MAX_RECENT)
        """Positions and changes, the oldest first."""
        self._start: Cursor | None = None
        """The position after which all changes up to `_end` are in memory; None before the first read."""
        self._end: Cursor | None = None
        self._wake = asyncio.Event()
        self._progress = asyncio.Event()
        self._requested = self._served = 0
        """Numbers of the last call of `refresh`, and of the last one before which a read has begun that has ended."""
        self._failure: Exception | None = None
        """The error of the last read."""
        self._has_more = False
        """Whether there were more changes than the last read has returned."""
        self._unsettled_seconds = MIN_INTERVAL_SECONDS
        self.generation = 0
        """Changes when the feed begins again, because the database does not know its position any more."""

    @property
    def end(self) -> Cursor | None:
        """The position after the changes that have been read; None if there is none."""
        return self._end

    async def follow(self) -> None:
        """Read new changes until the task is cancelled."""
        with self._signal.listening(self._tenant, self._wake.set):
            while True:
                self._wake.clear()
                number = self._requested
                seconds = await self._read()
                if not self._has_more:
                    self._served = number
                self._note_progress()
                await asyncio.sleep(MIN_INTERVAL_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()

    async def refresh(self) -> Cursor:
        """Read the feed, and return the position after all changes that were committed before the call; raise the error
        of the read if it fails."""
        self._requested += 1
        number = self._requested
        self._wake.set()
        while self._served < number:
            await self.wait_for_progress()
        if self._failure is not None:
            raise self._failure
        if self._end is None:
            raise CursorExpired("The change feed begins again.")
        return self._end

    async def wait_for_progress(self) -> None:
        """Wait until the feed has been read again."""
        await self._progress.wait()

    def find_after(self, cursor: Cursor) -> tuple[Sequence[Any], Cursor] | None:
        """Return a page of the changes after a position, and the position after them; None if they are no longer in
        memory."""
        if self._start is None or self._end is None or cursor.position < self._start.position:
            return None
        index = bisect_right(self._recent, cursor.position, key=lambda entry: entry[0])
        page = [row for _, row in islice(self._recent, index, index + PAGE_SIZE)]
        if index + len(page) < len(self._recent):
            return page, cursor_of(page[-1])
        return page, max(self._end, cursor, key=lambda end: end.position)

    async def read_page(self, cursor: Cursor | None) -> ChangePage:
        """Read a page of changes of all members from the database; raise CursorExpired if some may be missing."""
        after = None if cursor is None else cursor.encode()
        reader = Reader(self._database, self._credentials)
        try:
            return await read_changes(reader, ChangeRequest(PAGE_SIZE, after, EVERY_CHANGE, self._retention))
        finally:
            await reader.close()

    async def _read(self) -> float:
        """Read new changes. Return how many seconds to wait for a signal."""
        try:
            page = await self.read_page(self._end)
        except Exception as error:  # noqa: BLE001 -- followers must not end because of it
            self._fail(error)
            return RETRY_SECONDS
        self._failure = None
        self._has_more = page.has_next and self._end is not None
        if self._end is None:
            self._recent.clear()
            self._start = self._end = page.newest
        else:
            self._append(page)
        return self._seconds_until_next(page)

    def _fail(self, error: Exception) -> None:
        self._failure, self._has_more = error, False
        if isinstance(error, BadInput | CursorExpired):  # another database, or an older one
            self._start = self._end = None
            self.generation += 1
        elif not is_outage(error):
            logger.error("The change feed could not be read", exc_info=error)

    def _append(self, page: ChangePage) -> None:
        for row in page.rows:
            if len(self._recent) == MAX_RECENT:
                self._start = cursor_of(self._recent[0][1])
            self._recent.append((tuple(getattr(row, name) for name in LOG_ORDER), row))
        self._end = page.end

    def _seconds_until_next(self, page: ChangePage) -> float:
        if self._has_more:
            return 0
        if page.has_unsettled:
            self._unsettled_seconds = min(2 * self._unsettled_seconds, MAX_UNSETTLED_SECONDS)
            return self._unsettled_seconds
        self._unsettled_seconds = MIN_INTERVAL_SECONDS
        return self._signal.poll_seconds

    def _note_progress(self) -> None:
        progress, self._progress = self._progress, asyncio.Event()
        progress.set()


class Follower:
    """Follows a tenant's feed from a position on."""

    def __init__(self, feed: TenantFeed, cursor: Cursor, *, is_verified: bool) -> None:
        self._feed = feed
        self._cursor = cursor
        self._generation = feed.generation if is_verified else None
        """The generation of the feed that is known to contain the position."""

    async def verify(self) -> None:
        """Raise BadInput or CursorExpired if changes after the position cannot be followed."""
        generation = self._feed.generation
        if self._generation != generation:
            await self._feed.read_page(self._cursor)
            self._generation = generation

    def skip(self) -> None:
        """Move on behind all changes that the feed has read."""
        if self._feed.end is not None and self._generation == self._feed.generation:
            self._cursor = max(self._cursor, self._feed.end, key=lambda cursor: cursor.position)

    async def restart(self) -> None:
        """Move on behind all changes until now, after the position has expired."""
        self._cursor = await self._feed.refresh()
        self._generation = self._feed.generation

    async def read(self) -> Sequence[Any]:
        """Wait for changes after the position, of all members, and move on behind them. May return none."""
        await self.verify()
        found = self._feed.find_after(self._cursor)
        if found is None:
            page = await self._feed.read_page(self._cursor)
            rows, self._cursor = page.rows, page.end
            if not rows and not page.has_next:
                await self._feed.wait_for_progress()
            return rows
        rows, self._cursor = found
        if not rows:
            await self._feed.wait_for_progress()
        return rows


class ChangeFeeds:
    """The feeds that are followed in this process."""

    def __init__(self, database: Database, retention: timedelta) -> None:
        self._database = database
        self._retention = retention
        self._feeds: dict[UUID, tuple[TenantFeed, asyncio.Task[None]]] = {}
        self._counts: dict[UUID, int] = {}
        self.follower_count = 0
        """How many followers there are, in all feeds."""

    @asynccontextmanager
    async def follow(self, tenant: UUID, after: str | None) -> AsyncIterator[Follower]:
        """Follow the feed of a tenant after a cursor, or from now on. Raise BadInput or CursorExpired if the cursor is
        not valid."""
        cursor = None if after is None else decode_cursor(after)
        feed = self._open(tenant)
        try:
            newest = await feed.refresh()
            follower = Follower(feed, cursor or newest, is_verified=cursor is None)
            await follower.verify()
            self.follower_count += 1
            try:
                yield follower
            finally:
                self.follower_count -= 1
        finally:
            self._close(tenant)

    def _open(self, tenant: UUID) -> TenantFeed:
        if tenant not in self._feeds:
            feed = TenantFeed(self._database, tenant, self._retention)
            self._feeds[tenant] = feed, asyncio.create_task(feed.follow())
        self._counts[tenant] = self._counts.get(tenant, 0) + 1
        return self._feeds[tenant][0]

    def _close(self, tenant: UUID) -> None:
        self._counts[tenant] -= 1
        if not self._counts[tenant]:
            del self._counts[tenant]
            _, task = self._feeds.pop(tenant)
            task.cancel()
