"""The cache of compiled statements that all SQLAlchemy engines of a process share."""

from collections.abc import Hashable
from typing import Any

from sqlalchemy.util import LRUCache

CACHE_SIZE = 400


class StatementCache:
    """Compiled statements by dialect, driver and shape, for SQLAlchemy's option `compiled_cache`.

    SQLAlchemy's own cache belongs to one engine. Engines of one dialect and driver compile a statement alike, so the
    engines for reads and writes on SQLite share what they compile.
    """

    def __init__(self, max_count: int = CACHE_SIZE) -> None:
        self._entries: LRUCache[Hashable, Any] = LRUCache(max_count)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the compiled statement, or the default."""
        return self._entries.get(_shared_key(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        self._entries[_shared_key(key)] = compiled

    def __len__(self) -> int:
        return len(self._entries)


def _shared_key(key: Any) -> Hashable:
    """Return the key with the names of dialect and driver instead of the dialect, which belongs to an engine."""
    dialect, *shape = key
    return dialect.name, dialect.driver, *shape


STATEMENT_CACHE = StatementCache()
