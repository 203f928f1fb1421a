"""The headers that inform clients about their cost budgets: `RateLimit-Policy` and `RateLimit`.

The syntax is that of draft-ietf-httpapi-ratelimit-headers-10: lists of structured fields (RFC 9651). For each bucket,
the policy has its burst (`q`) and the seconds in which an empty bucket is full again (`w`); the other header has the
points that remain (`r`) and the seconds until more are available (`t`). The unit (`qu`) is not a registered one, but
without it clients would have to take the points for requests.
"""

from collections.abc import Sequence

from services.core.cost.buckets import BucketLimit, BucketStatus

Headers = list[tuple[bytes, bytes]]


class RateLimitHeaders:
    """Formats the headers. The policies do not change, so each is formatted once."""

    def __init__(self) -> None:
        self._policies: dict[tuple[BucketLimit, ...], bytes] = {}

    def build(self, statuses: Sequence[BucketStatus]) -> Headers:
        """Return the headers for the buckets of a request, none if it has none."""
        if not statuses:
            return []
        limits = [f'"{status.limit.kind}";r={status.remaining};t={status.reset_seconds}' for status in statuses]
        return [(b"ratelimit-policy", self._policy(statuses)), (b"ratelimit", ",".join(limits).encode())]

    def _policy(self, statuses: Sequence[BucketStatus]) -> bytes:
        limits = tuple([status.limit for status in statuses])
        policy = self._policies.get(limits)
        if policy is None:
            policy = self._policies[limits] = ",".join(map(format_policy, limits)).encode()
        return policy


def format_policy(limit: BucketLimit) -> str:
    """Format the policy of a bucket."""
    window = max(1, -(-limit.burst // limit.per_second))
    return f'"{limit.kind}";q={limit.burst};qu="points";w={window}'
