"""The cost budgets of one process: requests are charged to points that are leased from buckets in the database.

Charging leased points needs no statement. When they run out, more are leased in the background; only a request that
needs more than are leased waits for a transaction. During an outage, buckets of this process take its place.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, TypeVar

from database.engine import Database
from services.core.background import BackgroundTasks
from services.core.cost.buckets import BucketKey, BucketLimits, BucketStatus
from services.core.cost.lease import IDLE_SECONDS, Lease
from services.core.cost.lessor import Clock, Lessor
from services.core.errors import BadInput, RateLimited

logger = logging.getLogger("allotment.cost")

Result = TypeVar("Result")

MAX_LEASES = 10_000
DERIVE_SECONDS = 0.1
SWEEP_SECONDS = 5.0
LEASES_PER_STEP = 1000
"""A sweep lets other tasks run after so many leases."""
MAX_ATTEMPTS = 5
"""How often a request asks for a lease whose points other requests take first."""
CLOSE_TIMEOUT = 5.0


class Charge:
    """Points that a request was charged. What it did not use should be refunded."""

    __slots__ = ("buckets", "points")

    def __init__(self, buckets: "ChargedBuckets", points: int) -> None:
        self.buckets = buckets
        self.points = points

    def refund(self, points: int) -> None:
        """Return points, at most those that were charged."""
        points = min(points, self.points)
        if points > 0:
            self.points -= points
            for lease in self.buckets.leases:
                lease.points += points


class ChargedBuckets:
    """The buckets that the operations of a caller are charged to, with the leases of them in this process."""

    __slots__ = ("_budgets", "_derived", "_derived_until", "is_anonymous", "keys", "leases")

    def __init__(self, budgets: "CostBudgets", keys: Sequence[BucketKey], *, is_anonymous: bool = False) -> None:
        self._budgets = budgets
        self.is_anonymous = is_anonymous
        """Whether one of them is that of a network, because the client is not authenticated."""
        self.keys = keys
        self.leases: Sequence[Lease] = budgets.find_leases(keys)
        """Empty until there is a lease for each key."""
        self._derived: Any = None
        self._derived_until = 0.0

    def try_charge(self, points: int) -> Charge | None:
        """Charge all buckets if the leased points suffice; otherwise charge none and return None."""
        leases = self.leases
        if len(leases) < len(self.keys):
            return None
        for lease in leases:
            if lease.points < points or lease.is_ended:
                return None
        for lease in leases:
            left = lease.points = lease.points - points
            lease.lowest = min(lease.lowest, left)
            if left < lease.refill_below and lease.pending is None:
                self._budgets.request(lease)
        return Charge(self, points)

    async def charge(self, points: int) -> Charge:
        """Charge all buckets, and lease points where they do not suffice. Raise RateLimited, and charge none, if a
        bucket has too few points; raise BadInput if it can never have enough."""
        for _ in range(MAX_ATTEMPTS):
            charge = self.try_charge(points)
            if charge is not None:
                return charge
            self.leases = self._budgets.find_or_add_leases(self.keys)
            _check_bursts(self.leases, points)
            await self._budgets.acquire(self.leases, points)
        raise RateLimited(1, "Too many operations wait for the same cost budget.")

    @property
    def statuses(self) -> tuple[BucketStatus, ...]:
        """The status of each bucket, in the order of the keys."""
        return self._budgets.build_statuses(self.leases)

    def derive_from_statuses(self, function: Callable[[Sequence[BucketStatus]], Result]) -> Result:
        """Return what the function returns for the statuses. It is called ten times a second at most."""
        now = self._budgets.clock.monotonic()
        if now >= self._derived_until:
            self._derived = function(self.statuses)
            self._derived_until = now + DERIVE_SECONDS
        derived: Result = self._derived
        return derived


class CostBudgets:
    """The leases of one process. Their number is bounded: a new one ends the one that needed points longest ago."""

    def __init__(
        self, database: Database, background: BackgroundTasks, limits: BucketLimits, clock: Clock | None = None
    ) -> None:
        self.limits = limits
        self._background = background
        self.clock = clock or Clock()
        self._lessor = Lessor(database, self.clock)
        self._leases: dict[BucketKey, Lease] = {}
        self._sweep_timer: asyncio.TimerHandle | None = None

    def charged_buckets(self, keys: Sequence[BucketKey], *, is_anonymous: bool = False) -> ChargedBuckets:
        """Return the buckets of these keys, to be charged together."""
        return ChargedBuckets(self, keys, is_anonymous=is_anonymous)

    def find_leases(self, keys: Sequence[BucketKey]) -> Sequence[Lease]:
        """Return the leases of the keys, in their order; none if one is missing."""
        leases = [lease for key in keys if (lease := self._leases.get(key)) is not None]
        return leases if len(leases) == len(keys) else ()

    def find_or_add_leases(self, keys: Sequence[BucketKey]) -> Sequence[Lease]:
        """Return the leases of the keys. A new lease has no points."""
        return [self._find_or_add(key) for key in keys]

    def request(self, lease: Lease) -> None:
        """Request points in the background, and move the lease to the end of the order in which leases are ended."""
        self._lessor.request(lease)
        if self._leases.get(lease.key) is lease:
            self._leases[lease.key] = self._leases.pop(lease.key)

    async def acquire(self, leases: Sequence[Lease], points: int) -> None:
        """Acquire points for the leases that have too few; raise RateLimited if a bucket has too few as well."""
        try:
            await self._acquire([lease for lease in leases if lease.points < points], points)
        except RateLimited as error:
            error.buckets = self._replace_status(leases, error.buckets[0])
            raise

    def build_statuses(self, leases: Sequence[Lease]) -> tuple[BucketStatus, ...]:
        """Return the status of the leases' buckets."""
        now = self.clock.monotonic()
        return tuple(lease.build_status(now) for lease in leases)

    async def sweep(self) -> None:
        """Return points that were not needed since the last sweep, and end leases that were not used for a minute."""
        returned = {}
        for number, lease in enumerate(list(self._leases.values()), 1):
            if lease.pending is None and self._leases.get(lease.key) is lease:
                returned[lease] = self._sweep_lease(lease)
            if number % LEASES_PER_STEP == 0:
                await asyncio.sleep(0)
        await self._lessor.return_points(returned)

    async def close(self) -> None:
        """Return all leased points. Call it before the database is closed."""
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        now, leases = self.clock.monotonic(), self._leases
        self._leases = {}
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._lessor.drain()
                await self._lessor.return_points({lease: lease.take_rest(now) for lease in leases.values()})
        except TimeoutError:
            logger.warning("Cost budgets were not returned to the database in %g s", CLOSE_TIMEOUT)

    async def _acquire(self, leases: Sequence[Lease], points: int) -> None:
        """Lease for a request for so many points; raise RateLimited if a bucket is known to have too few."""
        now, is_unavailable = self.clock.monotonic(), self._lessor.is_database_unavailable
        for lease in leases if not is_unavailable else ():
            lease.check_pause(points, now)
        for lease in leases:
            self._lessor.request(lease)
            if not is_unavailable:
                lease.add_waiting_request(points)
        await self._lessor.wait(leases)
        if self._lessor.is_database_unavailable:
            for lease in leases:
                lease.add_locally(points, self.clock.monotonic())

    def _sweep_lease(self, lease: Lease) -> int:
        """Remove and return the points of one lease that should be returned."""
        now = self.clock.monotonic()
        returned = lease.take_unused(now)
        if now - lease.idle_since >= IDLE_SECONDS:
            del self._leases[lease.key]
            returned += lease.take_rest(now)
        return returned

    def _replace_status(self, leases: Sequence[Lease], refusal: BucketStatus) -> tuple[BucketStatus, ...]:
        """Return the status of the leases' buckets, with that of the bucket that refused."""
        statuses = self.build_statuses(leases)
        return tuple(refusal if status.limit is refusal.limit else status for status in statuses)

    def _find_or_add(self, key: BucketKey) -> Lease:
        """Return the key's lease, and move it to the end of the order in which leases are ended."""
        lease = self._leases.pop(key, None)
        if lease is None:
            lease = Lease(key, self.limits.by_kind[key.kind], self.clock.monotonic())
            if len(self._leases) >= MAX_LEASES:
                self._end_oldest()
            self._schedule_sweep()
        self._leases[key] = lease
        return lease

    def _end_oldest(self) -> None:
        """End the lease that needed points longest ago."""
        oldest = next((lease for lease in self._leases.values() if lease.pending is None), None)
        if oldest is not None:
            del self._leases[oldest.key]
            if rest := oldest.take_rest(self.clock.monotonic()):
                self._background.start(self._lessor.return_points({oldest: rest}), "returning a cost budget")

    def _schedule_sweep(self) -> None:
        if self._sweep_timer is None:
            loop = asyncio.get_running_loop()
            self._sweep_timer = loop.call_later(SWEEP_SECONDS, self._start_sweep, context=Context())

    def _start_sweep(self) -> None:
        self._sweep_timer = None
        if self._leases:
            self._background.start(self.sweep(), "returning unused cost budgets")
            self._schedule_sweep()


def _check_bursts(leases: Sequence[Lease], points: int) -> None:
    """Raise BadInput if a bucket can never have so many points."""
    for lease in leases:
        if points > lease.limit.burst:
            raise BadInput(
                f"This operation may cost {points:,} points; the budget of {lease.limit.owner} never has more than "
                f"{lease.limit.burst:,} ({lease.limit.settings[1]})."
            )
