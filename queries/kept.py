"""Statements that are built once for what they are about: to build one takes longer than to run it, and clients ask
the same questions again and again."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

STATEMENTS_KEPT = 500
"""By each builder."""

Build = TypeVar("Build", bound=Callable[..., Select[Any]])


class kept(Generic[Build]):  # noqa: N801 -- a decorator
    """The same statement object for the same arguments. Those about a large question are built anew each time, so that
    what clients send does not fill the memory."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._kept = lru_cache(STATEMENTS_KEPT)(build)

    def __call__(self, *about: Any) -> Select[Any]:
        for each in about:
            if (
                hasattr(type(each), "is_small") and not each.is_small
            ):  # a table's class itself would be long in saying no
                return self._build(*about)
        return self._kept(*about)

    def forget(self) -> None:
        """Build all anew."""
        self._kept.cache_clear()
