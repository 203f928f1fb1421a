"""A reference implementation of sorting in Python, and Hypothesis strategies of sorts."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from models import Project, Task, Worker
from models.relations import BelongsTo, HasMany, ManyToMany, get_relation
from queries.order import Direction, Nulls, Sort
from tests.support.dataset import DATASET

COLUMNS = (
    "id", "title", "description", "status", "priority", "due_date", "created_at", "assignee_id", "version",
)  # fmt: skip


def to_one(model: Any, name: str) -> BelongsTo:
    """Return a relation to one row."""
    relation = get_relation(model, name)
    assert isinstance(relation, BelongsTo)
    return relation


def get_list_relation(model: Any, name: str) -> HasMany | ManyToMany:
    """Return a HasMany or ManyToMany relation."""
    relation = get_relation(model, name)
    assert isinstance(relation, HasMany | ManyToMany)
    return relation


PROJECT, ASSIGNEE, TEAM = to_one(Task, "project"), to_one(Task, "assignee"), to_one(Worker, "team")
WORKERS, TASKS = get_list_relation(Task, "workers"), get_list_relation(Project, "tasks")
RELATED_SORTS: tuple[dict[str, Any], ...] = (
    {"column": "name", "path": (PROJECT,)},
    {"column": "id", "path": (PROJECT,)},
    {"column": "email", "path": (ASSIGNEE,)},
    {"column": "name", "path": (ASSIGNEE, TEAM)},
    {"column": "", "counted": WORKERS},
    {"column": "", "path": (PROJECT,), "counted": TASKS},
)


def single_sorts(columns: Sequence[str]) -> st.SearchStrategy[Sort]:
    """Draw the sort of one column."""
    return st.builds(Sort, st.sampled_from(columns), st.sampled_from(Direction), st.sampled_from(Nulls))


def related_sorts() -> st.SearchStrategy[Sort]:
    """Draw a sort of tasks by a value of related rows."""
    directions = st.tuples(st.sampled_from(Direction), st.sampled_from(Nulls))
    pairs = st.tuples(st.sampled_from(RELATED_SORTS), directions)
    return pairs.map(lambda pair: Sort(direction=pair[1][0], nulls=pair[1][1], **pair[0]))


def lists_with_related_sorts() -> st.SearchStrategy[list[Sort]]:
    """Draw the sorts of one to three values of tasks, some of them of related rows."""
    sorts = related_sorts() | single_sorts(COLUMNS)
    return st.lists(sorts, min_size=1, max_size=3, unique_by=lambda sort: sort.value)


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
    null_rows = [row for row in rows if sorted_value(row, sort) is None]
    other_rows = [row for row in rows if sorted_value(row, sort) is not None]
    is_descending = sort.direction is Direction.DESC
    other_rows.sort(key=lambda row: _sort_key(sorted_value(row, sort)), reverse=is_descending)
    return null_rows + other_rows if sort.nulls is Nulls.FIRST else other_rows + null_rows


def sorted_value(row: Any, sort: Sort) -> Any:
    """Return the value that a row is sorted by."""
    for relation in sort.path:
        row = None if row is None else DATASET.row(relation.table, getattr(row, relation.fk))
    if row is None:
        return None
    return getattr(row, sort.column) if sort.counted is None else len(DATASET.children(sort.counted, row.id))


def _sort_key(value: Any) -> Any:
    """Return the rank of an enum member, and other values unchanged: Python compares text by code point."""
    return list(type(value)).index(value) if isinstance(value, Enum) else value
