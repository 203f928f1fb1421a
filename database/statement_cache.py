"""The cache of compiled statements that all SQLAlchemy engines of a process share."""

from collections.abc import Hashable, Iterator, MutableMapping
from typing import Any

from sqlalchemy.util import LRUCache

CACHE_SIZE = 400


class StatementCache(MutableMapping[Any, Any]):
    """Compiled statements by dialect, driver and shape, for SQLAlchemy's option `compiled_cache`.

    SQLAlchemy's own cache belongs to one engine. Engines of one dialect and driver compile a statement alike, so the
    engines for reads and writes on SQLite share what they compile.
    """

    def __init__(self, max_count: int = CACHE_SIZE) -> None:
        self._entries: LRUCache[Hashable, Any] = LRUCache(max_count)

    def __getitem__(self, key: Any) -> Any:
        return self._entries[_shared_key(key)]

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the compiled statement, or the default. The inherited method would raise and catch a KeyError."""
        return self._entries.get(_shared_key(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        self._entries[_shared_key(key)] = compiled

    def __delitem__(self, key: Any) -> None:
        del self._entries[_shared_key(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _shared_key(key: Any) -> Hashable:
    """Return the key with the names of dialect and driver instead of the dialect, which belongs to an engine."""
    dialect, *shape = key
    return dialect.name, dialect.driver, *shape


STATEMENT_CACHE = StatementCache()
