"""Buckets of cost budgets: their keys, their limits and their status."""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from database.authentication import Principal

MINIMUM_LEASE_SECONDS = 0.25
"""The fewest points that are leased are those that are restored in this time: so soon, an idle lease is restored."""
MAXIMUM_LEASE_DIVISOR = 5
"""At most the burst divided by this is leased in advance."""


class BucketKey(NamedTuple):
    """The bucket of a tenant, a user, an API key or a network. A tuple, because it is the key of a dictionary."""

    kind: str
    """The name of the bucket's limit."""
    subject: UUID | str

    @property
    def database_key(self) -> str:
        """The key in the table of rate limits. The subject is hashed, so that the table does not disclose it."""
        digest = hashlib.sha256(str(self.subject).encode(errors="surrogatepass")).hexdigest()
        return f"cost-{self.kind}:{digest}"


@dataclass(frozen=True, eq=False)
class BucketLimit:
    """A token bucket: it holds `burst` points at most and restores `per_second` points each second."""

    kind: str
    """The name in headers and keys, such as `api-key`."""
    owner: str
    """The name in messages, such as `the API key`."""
    per_second: int
    burst: int
    settings: tuple[str, str]
    """The names of the settings of `per_second` and `burst`."""

    @cached_property
    def max_lead_ms(self) -> int:
        """How far the theoretical arrival time may be ahead of the clock: the time in which the burst is restored."""
        return self.milliseconds(self.burst)

    @cached_property
    def minimum_lease(self) -> int:
        """The points that are leased at least, if the bucket has them."""
        return max(1, min(int(self.per_second * MINIMUM_LEASE_SECONDS), self.burst // MAXIMUM_LEASE_DIVISOR))

    @cached_property
    def maximum_lease(self) -> int:
        """The points that are leased at most in advance of requests."""
        return max(1, self.burst // MAXIMUM_LEASE_DIVISOR)

    def milliseconds(self, points: int) -> int:
        """Return the time in which so many points are restored, rounded up."""
        return -(-points * 1000 // self.per_second)

    def whole_milliseconds(self, points: int) -> int:
        """Return the time in which no more than so many points are restored."""
        return points * 1000 // self.per_second

    def points(self, milliseconds: int) -> int:
        """Return the points that are restored in this time, rounded down. Never less than what was rounded up to it."""
        return milliseconds * self.per_second // 1000

    def available(self, lead_ms: int) -> int:
        """Return the points in the bucket if its theoretical arrival time is so far ahead of the clock."""
        return max(0, min(self.burst, self.points(self.max_lead_ms - max(0, lead_ms))))

    def wait_seconds(self, points: int, lead_ms: int) -> int:
        """Return the whole seconds until the bucket has so many points, at least one."""
        return max(1, math.ceil((self.milliseconds(points) + lead_ms - self.max_lead_ms) / 1000))


class BucketStatus(NamedTuple):
    """What a process knows about a bucket: an estimate, because other processes lease from it too."""

    limit: BucketLimit
    remaining: int
    reset_seconds: int
    """The seconds until more points are available: those to wait after a refusal, else 1, or 0 for a full bucket."""


@dataclass(frozen=True)
class BucketLimits:
    """The limits of all buckets, by kind. A kind without a limit has no bucket."""

    by_kind: dict[str, BucketLimit]

    def keys_of(self, principal: Principal, network: str) -> tuple[BucketKey, ...]:
        """Return the keys that a request of the principal is charged to. Anonymous clients share their network's; what
        the server itself executes for a tenant, such as the document of a webhook, is charged to the tenant only; what
        a superuser does as another user, to the superuser only."""
        if principal.impersonator_id is not None:
            return self._existing(BucketKey("user", principal.impersonator_id))
        own: BucketKey | None = None
        if principal.user_id is not None:
            own = BucketKey("user", principal.user_id)
        elif principal.api_key_id is not None:
            own = BucketKey("api-key", principal.api_key_id)
        elif principal.is_anonymous:
            own = BucketKey("address", network)
        tenant = None if principal.tenant_id is None else BucketKey("tenant", principal.tenant_id)
        return self._existing(tenant, own)

    def _existing(self, *keys: BucketKey | None) -> tuple[BucketKey, ...]:
        return tuple(key for key in keys if key is not None and key.kind in self.by_kind)
