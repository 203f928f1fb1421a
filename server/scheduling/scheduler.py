"""Performs the scheduled jobs that are due. The leases decide which process performs one."""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from database.authentication import Credentials
from database.engine import Database
from database.outage import describe_outage, is_outage
from server.scheduling.job import ScheduledJob
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.core.work_leases import HeldLease, LeaseLost, WorkLeases, add_work

logger = logging.getLogger("allotment.scheduling")

WORK_KIND = "job"
POLL_SECONDS = 10.0
LEASE_SECONDS = 60.0
"""How long after the death of a process another one performs its job."""
RETRY_INTERVAL = timedelta(minutes=5)
"""When a job that failed is performed again, unless its interval is shorter."""
JITTER = 0.1
"""By what part of it an interval is longer at most, so that jobs do not all run at the same time."""


class Scheduler:
    """Performs the jobs in one process, one after the other, together with other processes."""

    def __init__(self, database: Database, leases: WorkLeases, jobs: Sequence[ScheduledJob]) -> None:
        self._database = database
        self._leases = leases
        self._jobs = {f"{WORK_KIND}:{job.name}": job for job in jobs}
        self._has_added = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to perform jobs, in the background."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop. A job that is performed is cancelled, and performed again by another process."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self.perform_due()
            except Exception as error:  # noqa: BLE001 -- nothing may end the schedule
                _log_failure("Scheduled work", error)
            await asyncio.sleep(POLL_SECONDS)

    async def perform_due(self) -> None:
        """Perform the jobs that are due and that no other process performs."""
        await self._add_jobs()
        names = [name for name in await self._leases.find_due(WORK_KIND, 100) if name in self._jobs]
        for name in names:
            for lease in await self._leases.acquire([name], LEASE_SECONDS):
                await self._perform(lease, self._jobs[name])

    async def _add_jobs(self) -> None:
        """Add the jobs, of which each version of the server may have others."""
        if self._has_added:
            return

        async def add(work: UnitOfWork) -> None:
            for name in sorted(self._jobs):
                await add_work(work, WORK_KIND, name)

        await run_use_case(self._database, Credentials(), add)
        self._has_added = True

    async def _perform(self, lease: HeldLease, job: ScheduledJob) -> None:
        interval = job.interval
        keep = asyncio.create_task(self._keep(lease))
        try:
            await job.perform(self._database)
        except Exception as error:  # noqa: BLE001 -- the other jobs are performed nevertheless
            _log_failure(f"The job {job.name}", error)
            interval = min(interval, RETRY_INTERVAL)
        finally:
            keep.cancel()
            with suppress(asyncio.CancelledError):
                await keep
        await self._leases.release(lease, interval.total_seconds() * (1 + random.uniform(0, JITTER)))  # noqa: S311

    async def _keep(self, lease: HeldLease) -> None:
        """Renew the lease while the job is performed."""
        while True:
            await asyncio.sleep(lease.seconds / 3)
            try:
                await self._leases.renew(lease)
            except LeaseLost:
                logger.warning("The lease %s was lost: another process performs the job", lease.name)
                return
            except Exception as error:  # noqa: BLE001 -- tried again until the lease expires
                _log_failure("Renewing a lease", error)


def _log_failure(what: str, error: BaseException) -> None:
    if is_outage(error):
        logger.warning("%s was not performed: %s", what, describe_outage(error))
    else:
        logger.error("%s failed", what, exc_info=error)
