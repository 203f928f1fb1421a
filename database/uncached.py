"""Statements that are too large for the caches of compiled statements."""

from typing import Any

_OPTION = "is_too_large_to_cache"


def mark_uncached(statement: Any) -> Any:
    """Return the statement marked, so that no cache keeps its compiled form."""
    return statement.execution_options(**{_OPTION: True})


def is_uncached(statement: Any) -> bool:
    """Return whether the statement is marked."""
    return _OPTION in statement.get_execution_options()
