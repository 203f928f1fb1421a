"""What an order means, in plain Python, and orders and examples for hypothesis to draw."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from queries.order import Direction, Nulls, Sort

COLUMNS = (
    "id", "title", "description", "status", "priority", "due_date", "created_at", "assignee_id", "version",
)  # fmt: skip


def thorough(examples: int) -> settings:
    """So many examples, the same ones every time. They share the test's database, which is meant."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def sort_of(columns: Sequence[str]) -> st.SearchStrategy[Sort]:
    """One sorted column."""
    return st.builds(Sort, st.sampled_from(columns), st.sampled_from(Direction), st.sampled_from(Nulls))


def orders(columns: Sequence[str] = COLUMNS) -> st.SearchStrategy[list[Sort]]:
    """One to four columns, whichever way."""
    return st.lists(sort_of(columns), min_size=1, max_size=4, unique_by=lambda sort: sort.column)


def in_order(rows: Iterable[Any], sorts: Sequence[Sort]) -> list[Any]:
    """The rows sorted: by the last column first, because Python's sort is stable."""
    found = list(rows)
    for sort in (Sort("id", sorts[-1].direction), *reversed(sorts)):  # the id decides last, so it is sorted by first
        found = _sorted(found, sort)
    return found


def _sorted(rows: list[Any], sort: Sort) -> list[Any]:
    empty = [row for row in rows if getattr(row, sort.column) is None]
    others = [row for row in rows if getattr(row, sort.column) is not None]
    descending = sort.direction is Direction.DESC
    others.sort(key=lambda row: _comparable(getattr(row, sort.column)), reverse=descending)
    return empty + others if sort.nulls is Nulls.FIRST else others + empty


def _comparable(value: Any) -> Any:
    """Choices by the rank of their declaration; text by code point, as Python does by itself."""
    return list(type(value)).index(value) if isinstance(value, Enum) else value
