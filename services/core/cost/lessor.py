"""Acquires leases in the background: one transaction at a time for all leases that need points."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass

from database.authentication import Credentials
from database.engine import Database
from database.outage import describe_outage
from services.core.cost.lease import Grant, Lease
from services.core.cost.lease_transactions import lease, return_leases
from services.core.use_case import run_use_case

logger = logging.getLogger("allotment.cost")

MAX_LEASES_PER_TRANSACTION = 100
WAIT_SECONDS = 1.0
"""How long requests wait for a lease. After that the database counts as away."""
RETRY_SECONDS = 5.0
"""How long the database is not asked after a failure."""


@dataclass(frozen=True)
class Clock:
    """The time of day, which the processes share, and the monotonic time of this process, both in seconds."""

    unix_time: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


class Lessor:
    """Leases from the database for one process. Requests that arrive during a transaction share the next one, so a
    process occupies at most one connection and does not compete with itself for rows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.is_away = False
        """Whether the last transaction failed or takes too long: then no request waits for the next one."""
        self._database = database
        self._clock = clock
        self._queue: deque[Lease] = deque()
        self._task: asyncio.Task[None] | None = None
        self._retry_at = 0.0

    def request(self, lease: Lease) -> None:
        """Queue the lease, unless it is queued or the database failed a moment ago."""
        if lease.pending is None and self._clock.monotonic() >= self._retry_at:
            lease.pending = asyncio.get_running_loop().create_future()
            self._queue.append(lease)
            if self._task is None:
                # Without the context of the request that starts it: its log lines concern no single request.
                self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    async def wait(self, leases: Sequence[Lease]) -> None:
        """Wait until the buckets of the queued leases have been asked, or until the database counts as away."""
        pending = [lease.pending for lease in leases if lease.pending is not None]
        if pending and not self.is_away:
            # In two halves: if another task has blocked the event loop, the answer is read in the second one.
            _, late = await asyncio.wait(pending, timeout=WAIT_SECONDS / 2)
            if late:
                _, late = await asyncio.wait(late, timeout=WAIT_SECONDS / 2)
            if late:
                self._report_outage(f"no answer in {WAIT_SECONDS:g} s")

    async def give_back(self, points_by_lease: Mapping[Lease, int]) -> None:
        """Return points to their buckets; a failure is logged, and the points are then restored with time."""
        milliseconds = {lease: lease.limit.whole_milliseconds(points) for lease, points in points_by_lease.items()}
        returned = {lease.key.database_key: value for lease, value in milliseconds.items() if value > 0}
        try:
            for keys in _split(sorted(returned)):
                if not self.is_away:
                    await self._return({key: returned[key] for key in keys})
        except Exception as error:  # noqa: BLE001 -- no failure may stop the requests
            self._report_outage(describe_outage(error))

    async def _return(self, milliseconds: Mapping[str, int]) -> None:
        await run_use_case(self._database, Credentials(), lambda work: return_leases(work, milliseconds))

    async def drain(self) -> None:
        """Wait for the leases that are queued."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._queue:
                count = min(len(self._queue), MAX_LEASES_PER_TRANSACTION)
                await self._lease([self._queue.popleft() for _ in range(count)])
        finally:
            self._task = None

    async def _lease(self, leases: Sequence[Lease]) -> None:
        """Lease in one transaction, and wake the requests that wait for it."""
        try:
            grants = await self._run_transaction(leases)
        except Exception as error:  # noqa: BLE001 -- no failure may stop the requests
            self._retry_at = self._clock.monotonic() + RETRY_SECONDS
            self._report_outage(describe_outage(error))
            leases = [*leases, *self._queue]
            self._queue.clear()
        else:
            self._report_recovery()
            for each in leases:
                each.add(grants[each.key.database_key], self._clock.monotonic())
        finally:
            for each in leases:
                each.finish()

    async def _run_transaction(self, leases: Sequence[Lease]) -> dict[str, Grant]:
        now = self._clock.monotonic()
        requests = [each.build_request(now) for each in leases]
        now_ms = int(self._clock.unix_time() * 1000)
        return await run_use_case(self._database, Credentials(), lambda work: lease(work, requests, now_ms))

    def _report_outage(self, reason: str) -> None:
        if not self.is_away:
            self.is_away = True
            logger.warning("Cost budgets are counted in this process only, the database is unavailable: %s", reason)

    def _report_recovery(self) -> None:
        if self.is_away:
            self.is_away = False
            logger.info("Cost budgets are leased from the database again")


def _split(keys: Sequence[str]) -> list[Sequence[str]]:
    """Split keys into those of one transaction each, so that none holds its locks for long."""
    return [
        keys[start : start + MAX_LEASES_PER_TRANSACTION] for start in range(0, len(keys), MAX_LEASES_PER_TRANSACTION)
    ]
