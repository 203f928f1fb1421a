"""A cache of statements by the arguments they are built from: building one takes longer than running it."""

import gc
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Select

from database.sized_cache import SizedCache
from database.uncached import mark_uncached

MAX_CACHED_STATEMENTS = 500
MAX_CACHED_BYTES = 12 * 2**20
"""The estimated size of all cached statements."""
MAX_STATEMENT_BYTES = 250_000
"""The estimated size of a statement that is cached, here and in its compiled form."""
MAX_DISCARDED_BYTES = 12 * 2**20
"""The estimated size of the discarded statements after which the garbage collector runs."""
BYTES_PER_STATEMENT = 25_000
"""Measured: 10 to 38 KB for a statement without a filter, with its compiled form."""

Build = TypeVar("Build", bound=Callable[..., Select[Any]])
STATEMENTS: SizedCache[Select[Any]] = SizedCache(MAX_CACHED_STATEMENTS, MAX_CACHED_BYTES)


class DiscardedStatements:
    """Frees statements that are used no more. SQLAlchemy's expressions reference each other in cycles, and the tuned
    garbage collector would let hundreds of megabytes accumulate."""

    def __init__(self) -> None:
        self._bytes = 0

    def add(self, size: int) -> None:
        """Count discarded statements of this estimated size; run the garbage collector if there are many."""
        self._bytes += size
        if self._bytes > MAX_DISCARDED_BYTES:
            self._bytes = 0
            gc.collect()


DISCARDED = DiscardedStatements()


class cached_statement(Generic[Build]):  # noqa: N801 -- a decorator
    """A decorator that caches the statement a function builds, by the function's arguments. All functions share one
    cache; a client that sends many different filters evicts statements, but does not use more memory. `copies` is how
    often the statement contains the filter."""

    def __init__(self, build: Build, copies: int = 1) -> None:
        self._build = build
        self._copies = copies

    def __call__(self, *arguments: Any) -> Select[Any]:
        key = (self._build, *arguments)
        statement = STATEMENTS.get(key)
        if statement is None:
            statement = self._build(*arguments)
            size = self._copies * _estimate_size(arguments)
            if size > MAX_STATEMENT_BYTES:
                DISCARDED.add(size)
                return cast("Select[Any]", mark_uncached(statement))
            DISCARDED.add(STATEMENTS.put(key, statement, size))
        return statement

    def clear(self) -> None:
        """Discard all cached statements."""
        STATEMENTS.clear()


def _estimate_size(arguments: tuple[Any, ...]) -> int:
    # hasattr on the type, because a failed lookup on a model class is slow
    queries = [argument for argument in arguments if hasattr(type(argument), "condition_bytes")]
    condition_bytes: int = sum(query.condition_bytes for query in queries)
    return BYTES_PER_STATEMENT + condition_bytes
