"""Plans that were made, bounded in number and bytes; the least recently used go first."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from executor.operation import Operation, Refused
    from executor.plan import Plan


class Sized(Protocol):
    """What knows about how many bytes it takes; it may grow."""

    size: int


Kept = TypeVar("Kept", bound=Sized)


class Bounded(Generic[Kept]):
    """A mapping that forgets. Safe to share between threads, and so between tasks."""

    def __init__(self, count: int, size: int) -> None:
        self.count = count
        self.size = size
        self.used = 0
        self._kept: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> Kept | None:
        """What is kept under the key. What has grown since is counted anew."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            kept, counted = found
            if kept.size != counted:
                self._put(key, kept)
            return kept

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep it, and forget what has not been used for longest, as far as the bounds ask for it."""
        with self._lock:
            self._put(key, kept)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.used = 0

    def _put(self, key: Hashable, kept: Kept) -> None:
        _, counted = self._kept.pop(key, (None, 0))
        size = kept.size
        self._kept[key] = kept, size
        self.used += size - counted
        while self._kept and (len(self._kept) > self.count or self.used > self.size):
            _, (_, freed) = self._kept.popitem(last=False)
            self.used -= freed


class Plans:
    """The plans of a process: at most so many operations, so many plans of them, and about so many bytes of plans."""

    def __init__(self, count: int = 1000, size: int = 64 * 2**20) -> None:
        self.operations: Bounded[Operation | Refused] = Bounded(count, size)
        self.plans: Bounded[Plan] = Bounded(count, size)

    def clear(self) -> None:
        """Forget all plans."""
        self.operations.clear()
        self.plans.clear()
