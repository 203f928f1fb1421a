"""A cache of statements by the arguments they are built from: building one takes longer than running it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

MAX_CACHED_STATEMENTS = 500
"""The cache size of each function."""

Build = TypeVar("Build", bound=Callable[..., Select[Any]])


class cached_statement(Generic[Build]):  # noqa: N801 -- a decorator
    """A decorator that caches the statement a function builds, by the function's arguments.

    Statements with an argument that is not cacheable (a large filter) are not cached, to limit the memory use.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._build_cached = lru_cache(MAX_CACHED_STATEMENTS)(build)

    def __call__(self, *arguments: Any) -> Select[Any]:
        for argument in arguments:
            # hasattr on the type, because a failed lookup on a model class is slow
            if hasattr(type(argument), "is_cacheable") and not argument.is_cacheable:
                return self._build(*arguments)
        return self._build_cached(*arguments)

    def clear(self) -> None:
        """Discard all cached statements."""
        self._build_cached.cache_clear()
