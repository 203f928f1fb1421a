"""The points of a bucket that a process has leased."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.core.cost.buckets import BucketKey, BucketLimit, BucketStatus
from services.core.errors import RateLimited

if TYPE_CHECKING:
    import asyncio

PAUSE_SECONDS = 0.5
"""After a bucket could not grant all points of a request, it is asked again only after this time, so that a client
beyond its limit causes no write per request."""
IDLE_SECONDS = 60.0
"""A lease that was not used for so long ends."""


@dataclass(frozen=True)
class LeaseRequest:
    """What a lease needs from its bucket."""

    key: str
    limit: BucketLimit
    minimum_points: int
    """The bucket should grant no fewer points: they would suffice for no waiting request."""
    points: int


@dataclass(frozen=True)
class Grant:
    """The answer of a bucket: points, none if it has too few; and how far its time is ahead of the clock after that."""

    points: int
    lead_ms: int
    is_complete: bool


class Lease:
    """The leased points of one bucket, and what is known about the bucket."""

    __slots__ = (
        "asked_at", "failure", "granted_at", "idle_since", "is_ended", "key", "lead_ms", "limit", "local_arrival_ms",
        "lowest", "pause_until", "pending", "points", "points_at_grant", "points_at_sweep", "refill_below", "requested",
        "smallest_request",
    )  # fmt: skip

    def __init__(self, key: BucketKey, limit: BucketLimit, now: float) -> None:
        self.key = key
        self.limit = limit
        self.points = 0
        self.is_ended = False
        self.lowest = 0
        """The fewest points since the last sweep: what was leased beyond that was not needed."""
        self.points_at_sweep = 0
        self.refill_below = 0
        self.lead_ms = 0
        """How far the bucket's theoretical arrival time was ahead of the clock when it was last asked."""
        self.local_arrival_ms = 0
        """The theoretical arrival time of the bucket that replaces it during an outage of the database."""
        self.asked_at = self.granted_at = self.idle_since = now
        self.points_at_grant = 0
        self.pause_until = 0.0
        self.pending: asyncio.Future[None] | None = None
        """Done when the bucket has answered, or its transaction has failed."""
        self.failure: Exception | None = None
        """Why the last transaction failed; None if it did not."""
        self.requested = self.smallest_request = 0
        """The points that requests wait for: in total, and the missing ones of the request that lacks the fewest."""

    def add_waiting_request(self, points: int) -> None:
        """Record a request that waits for so many points."""
        missing = points - self.points
        self.smallest_request = min(self.smallest_request, missing) if self.requested else missing
        self.requested += points

    def build_request(self, now: float) -> LeaseRequest:
        """Request what is waited for, and in advance about what was used in a second."""
        limit = self.limit
        used_per_second = (self.points_at_grant - self.points) / max(now - self.granted_at, 0.1)
        advance = min(max(limit.minimum_lease, int(used_per_second)), limit.maximum_lease)
        least = max(1, self.smallest_request)
        requested = max(least, self.requested - self.points + advance)
        return LeaseRequest(self.key.database_key, limit, least, min(requested, limit.burst))

    def add(self, grant: Grant, now: float) -> None:
        """Add the granted points."""
        self.lead_ms = grant.lead_ms
        self.asked_at = now
        self._add_points(grant.points, now)
        if not grant.is_complete:
            self.refill_below = 0
            self.pause_until = now + min(PAUSE_SECONDS, self.limit.max_lead_ms / 2000)

    def add_locally(self, points: int, now: float) -> None:
        """Grant points from a bucket of this process; raise RateLimited if it has too few."""
        if self.points >= points:
            return
        now_ms, limit = int(now * 1000), self.limit
        lead = max(0, self.local_arrival_ms - now_ms)
        missing, available = points - self.points, limit.available(lead)
        if missing > available:
            raise self._build_refusal(points, lead, available)
        granted = min(available, missing + limit.minimum_lease)
        self.local_arrival_ms = now_ms + lead + limit.milliseconds(granted)
        self._add_points(granted, now)

    def _add_points(self, points: int, now: float) -> None:
        self.points += points
        self.points_at_grant = self.points
        self.granted_at = now
        self.refill_below = max(0, self.points - self.requested) // 4
        self.requested = self.smallest_request = 0

    def finish(self) -> None:
        """Wake the requests that wait for the bucket's answer."""
        self.requested = self.smallest_request = 0
        pending, self.pending = self.pending, None
        if pending is not None and not pending.done():
            pending.set_result(None)

    def take_unused(self, now: float) -> int:
        """Remove and return the points that were not needed since the last sweep, beyond a minimal lease."""
        unused = max(0, min(self.lowest, self.points) - self.limit.minimum_lease)
        if self.points != self.points_at_sweep or self.lowest < self.points:
            self.idle_since = now
        self.points -= unused
        self.points_at_grant -= unused
        self.lowest = self.points_at_sweep = self.points
        return unused

    def take_rest(self, now: float) -> int:
        """End the lease: remove its points, and return those that are worth a statement. A few points of a bucket
        that is full by now is not."""
        rest, self.points, self.is_ended = self.points, 0, True
        return rest if rest > self.limit.minimum_lease or self.estimate_lead_ms(now) > 0 else 0

    def estimate_lead_ms(self, now: float) -> int:
        """Return how far the bucket's time is ahead of the clock now, if no other process has leased since."""
        lead = self.lead_ms - int((now - self.asked_at) * 1000)
        return max(0, lead)

    def build_status(self, now: float) -> BucketStatus:
        """Return what is left in the lease and in the bucket, if no other process has leased since."""
        limit, lead = self.limit, self.estimate_lead_ms(now)
        remaining = self.points + limit.available(lead) if lead > 0 else limit.burst
        return BucketStatus(limit, remaining, 1) if remaining < limit.burst else BucketStatus(limit, limit.burst, 0)

    def check_pause(self, points: int, now: float) -> None:
        """Raise RateLimited if the bucket had too few points a moment ago."""
        if now < self.pause_until:
            raise self._build_refusal(points, self.estimate_lead_ms(now), self.limit.available(self.lead_ms))

    def _build_refusal(self, points: int, lead_ms: int, available: int) -> RateLimited:
        limit = self.limit
        remaining, seconds = self.points + available, limit.wait_seconds(points - self.points, lead_ms)
        refusal = RateLimited(
            seconds,
            f"This operation may cost {points:,} points; the budget of {limit.owner} has {remaining:,} left. It "
            f"restores {limit.per_second:,} points per second ({limit.settings[0]}), up to {limit.burst:,} "
            f"({limit.settings[1]}).",
        )
        refusal.buckets = (BucketStatus(limit, remaining, seconds),)
        return refusal
