"""A least-recently-used cache, bounded in number and in the estimated bytes of its values."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SizedCache(Generic[Value]):
    """A mapping that evicts the least recently used values."""

    def __init__(self, max_count: int, max_bytes: int) -> None:
        self.max_count = max_count
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Value | None:
        """Return the value under the key, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, value: Value, size: int) -> int:
        """Store a value of this estimated size, and evict others as far as the limits require. Return their size."""
        _, freed = self._entries.pop(key, (None, 0))
        self._entries[key] = value, size
        self.used_bytes += size - freed
        evicted_bytes = 0
        while self._entries and (len(self._entries) > self.max_count or self.used_bytes > self.max_bytes):
            _, (_, freed) = self._entries.popitem(last=False)
            self.used_bytes -= freed
            evicted_bytes += freed
        return evicted_bytes

    def clear(self) -> None:
        """Remove all values."""
        self._entries.clear()
        self.used_bytes = 0
