"""Acquires leases in the background: one transaction at a time for all leases that need points."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass

from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.authentication import Credentials
from database.engine import Database
from database.outage import DatabaseUnavailable, describe_outage, is_outage, is_read_only
from database.shares import FIRST
from services.core.cost.lease import Grant, Lease
from services.core.cost.lease_transactions import lease, return_leases
from services.core.use_case import run_use_case

logger = logging.getLogger("allotment.cost")

MAX_LEASES_PER_TRANSACTION = 100
RETRY_SECONDS = 5.0
"""How long nothing is requested from the database during an outage."""
LOG_SECONDS = 60.0
"""Failures that are no outage are logged once in this time."""
CREDENTIALS = Credentials(group=FIRST)
"""The server's own. Tenants that occupy all connections must not delay leases, so these get the next one."""


@dataclass(frozen=True)
class Clock:
    """The time of day, which the processes share, and the monotonic time of this process, both in seconds."""

    unix_time: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


class Lessor:
    """Leases from the database for one process. Requests that arrive during a transaction share the next one, so a
    process occupies at most one connection and does not compete with itself for rows.

    Only during an outage, or while the database is read-only, are budgets counted in the process. Otherwise anyone who
    makes the transactions slow or lets them fail would get another budget: so requests wait for them, and fail too."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.is_database_unavailable = False
        """Whether the last transaction failed because of an outage: then no request waits for the next one."""
        self._database = database
        self._clock = clock
        self._queue: deque[Lease] = deque()
        self._task: asyncio.Task[None] | None = None
        self._retry_at = 0.0
        self._next_log_at = 0.0

    def request(self, lease: Lease) -> None:
        """Queue the lease, unless it is queued or the database failed a moment ago."""
        if lease.pending is None and self._clock.monotonic() >= self._retry_at:
            lease.pending = asyncio.get_running_loop().create_future()
            self._queue.append(lease)
            if self._task is None:
                # Without the context of the request that starts it: its log lines concern no single request.
                self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    async def wait(self, leases: Sequence[Lease]) -> None:
        """Wait for the answers of the queued leases' buckets, but not during an outage. Raise DatabaseUnavailable if
        a transaction failed for another reason."""
        pending = [lease.pending for lease in leases if lease.pending is not None]
        if self.is_database_unavailable:
            return
        if pending:
            await asyncio.wait(pending)
        failure = next((each.failure for each in leases if each.failure is not None), None)
        if failure is not None and not self.is_database_unavailable:
            raise DatabaseUnavailable("The cost budgets could not be leased.") from failure

    async def return_points(self, points_by_lease: Mapping[Lease, int]) -> None:
        """Return points to their buckets; a failure is logged, and the points are then restored with time."""
        milliseconds = {lease: lease.limit.whole_milliseconds(points) for lease, points in points_by_lease.items()}
        returned = {lease.key.database_key: value for lease, value in milliseconds.items() if value > 0}
        try:
            for keys in _split(sorted(returned)):
                if not self.is_database_unavailable:
                    await self._return({key: returned[key] for key in keys})
        except Exception as error:  # noqa: BLE001 -- no failure may stop the requests
            self._report_failure(error)

    async def _return(self, milliseconds: Mapping[str, int]) -> None:
        await run_use_case(self._database, CREDENTIALS, lambda work: return_leases(work, milliseconds))

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
        except Exception as error:  # noqa: BLE001 -- the failure is reported to each request
            if self._report_failure(error):
                self._retry_at = self._clock.monotonic() + RETRY_SECONDS
                leases = [*leases, *self._queue]
                self._queue.clear()
            else:
                for each in leases:
                    each.failure = error
        else:
            self._report_recovery()
            for each in leases:
                each.failure = None
                each.add(grants[each.key.database_key], self._clock.monotonic())
        finally:
            for each in leases:
                each.finish()

    async def _run_transaction(self, leases: Sequence[Lease]) -> dict[str, Grant]:
        now = self._clock.monotonic()
        requests = [each.build_request(now) for each in leases]
        now_ms = int(self._clock.unix_time() * 1000)
        return await run_use_case(self._database, CREDENTIALS, lambda work: lease(work, requests, now_ms))

    def _report_failure(self, error: Exception) -> bool:
        """Log the failure, and return whether it is an outage."""
        if _is_unavailable(error):
            if not self.is_database_unavailable:
                self.is_database_unavailable = True
                logger.warning("Cost budgets are counted in this process only: %s", describe_outage(error))
            return True
        if (now := self._clock.monotonic()) >= self._next_log_at:
            self._next_log_at = now + LOG_SECONDS
            logger.error("Leasing cost budgets failed, requests that need a lease are refused", exc_info=error)
        return False

    def _report_recovery(self) -> None:
        if self.is_database_unavailable:
            self.is_database_unavailable = False
            logger.info("Cost budgets are leased from the database again")


def _is_unavailable(error: Exception) -> bool:
    """Return whether the database cannot be reached or written to. If all connections are in use, it can."""
    return (is_outage(error) and not isinstance(error, PoolTimeout)) or is_read_only(error)


def _split(keys: Sequence[str]) -> list[Sequence[str]]:
    """Split keys into those of one transaction each, so that none holds its locks for long."""
    return [
        keys[start : start + MAX_LEASES_PER_TRANSACTION] for start in range(0, len(keys), MAX_LEASES_PER_TRANSACTION)
    ]
