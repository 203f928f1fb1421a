"""A cache of the buckets that credentials are charged to."""

from collections.abc import Sequence
from typing import Any

from database.authentication import Credentials
from services.core.cost.limits import BucketKey

MAX_ENTRIES = 10_000


class BucketKeyCache:
    """The keys of the buckets by the credentials that were authenticated in this process.

    For accounting only: the principal is authenticated again when the operation is executed. Credentials that are no
    longer valid therefore charge the same buckets as before, and get no data."""

    def __init__(self) -> None:
        self._keys: dict[tuple[Any, ...], Sequence[BucketKey]] = {}

    def get(self, credentials: Credentials) -> Sequence[BucketKey] | None:
        """Return the keys, or None if the credentials were not authenticated yet."""
        return self._keys.get(credentials.lookup_key)

    def store(self, credentials: Credentials, keys: Sequence[BucketKey]) -> None:
        """Store the keys of authenticated credentials."""
        if len(self._keys) >= MAX_ENTRIES:
            self._keys.clear()
        self._keys[credentials.lookup_key] = keys
