"""A cache of operations with their plans, bounded in number and bytes, which evicts those least recently used."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, Protocol, TypeVar

from executor.declarations import BatchedField
from executor.leaf_codegen import NO_NATIVE_SCALARS, NativeScalars
from executor.operation import UnsupportedDocument
from executor.prepared_operation import PreparedOperation


class HasSize(Protocol):
    """An object that estimates its size in bytes; the size may grow."""

    size: int


Value = TypeVar("Value", bound=HasSize)


class LruCache(Generic[Value]):
    """A mapping that evicts the least recently used values. Safe to share between threads."""

    def __init__(self, max_count: int, max_bytes: int) -> None:
        self.max_count = max_count
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Value | None:
        """Return the value under the key, or None. Update the used bytes if its size has changed."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            value, counted_size = entry
            if value.size != counted_size:
                self._put(key, value)
            return value

    def values(self) -> list[Value]:
        """Return all values, the least recently used ones first."""
        with self._lock:
            return [value for value, _ in self._entries.values()]

    def put(self, key: Hashable, value: Value) -> None:
        """Store the value, and evict others as far as the limits require."""
        with self._lock:
            self._put(key, value)

    def clear(self) -> None:
        """Remove all values."""
        with self._lock:
            self._entries.clear()
            self.used_bytes = 0

    def _put(self, key: Hashable, value: Value) -> None:
        _, counted_size = self._entries.pop(key, (None, 0))
        size = value.size
        self._entries[key] = value, size
        self.used_bytes += size - counted_size
        while self._entries and (len(self._entries) > self.max_count or self.used_bytes > self.max_bytes):
            _, (_, freed) = self._entries.popitem(last=False)
            self.used_bytes -= freed


class FieldPlace(NamedTuple):
    """Where an operation selects a field."""

    path: str
    """The response keys from the root on, such as `tasks.nodes.assignee`."""
    coordinates: str
    """The type and the name of the field, such as `Task.assignee`."""


WrapBatched = Callable[[FieldPlace, BatchedField], BatchedField]
"""Returns what a plan uses instead of the declaration of a field."""


class PlanCache:
    """The operations of a process with their plans, limited to `max_count` operations and an estimated `max_bytes`.

    With `wrap_batched`, plans call what it returns for fields that are loaded in batches, for example to trace them.
    `native_scalars` are for callers whose JSON encoder writes values of these scalars as the scalars serialize them:
    results contain such values as they are."""

    def __init__(
        self,
        max_count: int = 1000,
        max_bytes: int = 8 * 2**20,
        wrap_batched: WrapBatched | None = None,
        native_scalars: NativeScalars = NO_NATIVE_SCALARS,
    ) -> None:
        self.wrap_batched = wrap_batched
        self.native_scalars = native_scalars
        self.operations = LruCache[PreparedOperation | UnsupportedDocument](max_count, max_bytes)

    def clear(self) -> None:
        """Remove all operations and their plans."""
        self.operations.clear()
