"""A reference implementation of sorting in Python, and Hypothesis strategies of sorts."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from queries.order import Direction, Nulls, Sort

COLUMNS = (
    "id", "title", "description", "status", "priority", "due_date", "created_at", "assignee_id", "version",
)  # fmt: skip


def single_sorts(columns: Sequence[str]) -> st.SearchStrategy[Sort]:
    """Draw the sort of one column."""
    return st.builds(Sort, st.sampled_from(columns), st.sampled_from(Direction), st.sampled_from(Nulls))


def sort_lists(columns: Sequence[str] = COLUMNS) -> st.SearchStrategy[list[Sort]]:
    """Draw the sorts of one to four columns."""
    return st.lists(single_sorts(columns), min_size=1, max_size=4, unique_by=lambda sort: sort.column)


def sort_rows(rows: Iterable[Any], sorts: Sequence[Sort]) -> list[Any]:
    """Sort the rows by the last column first, using that Python's sort is stable."""
    ordered = list(rows)
    for sort in (Sort("id", sorts[-1].direction), *reversed(sorts)):  # the id is the tiebreaker, so it comes first
        ordered = _sorted(ordered, sort)
    return ordered


def _sorted(rows: list[Any], sort: Sort) -> list[Any]:
    null_rows = [row for row in rows if getattr(row, sort.column) is None]
    other_rows = [row for row in rows if getattr(row, sort.column) is not None]
    is_descending = sort.direction is Direction.DESC
    other_rows.sort(key=lambda row: _sort_key(getattr(row, sort.column)), reverse=is_descending)
    return null_rows + other_rows if sort.nulls is Nulls.FIRST else other_rows + null_rows


def _sort_key(value: Any) -> Any:
    """Return the rank of an enum member, and other values unchanged: Python compares text by code point."""
    return list(type(value)).index(value) if isinstance(value, Enum) else value
