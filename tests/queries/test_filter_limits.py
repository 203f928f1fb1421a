"""Tests of invalid filters: nulls, malformed values and size limits."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inputs.filter_parser import parse_filter
from queries.filters import Condition
from services.core.errors import BadInput
from tests.queries.filter_strategies import COMPARISON, EQUALITY, TEXT_SEARCH, expected_ids, filtered_ids
from tests.support.app_fixture import AppFixture, global_id
from tests.support.dataset import DATASET
from tests.support.hypothesis_settings import deterministic_settings

TASKS_QUERY = "query ($where: TaskWhere) { tasks(where: $where) { nodes { id } } }"
FILTERS_WITH_NULL: tuple[dict[str, Any], ...] = (
    *({name: None} for name in ("title", "id", "dueDate", "project", "workers", "and", "or", "not", "createdAt")),
    *({"title": {name: None}} for name in ("eq", "ne", "in", "gt", "contains", "isNull")),
    *({"workers": {name: None}} for name in ("some", "none", "every")),
    *({"projectId": {name: None}} for name in ("eq", "ne", "in", "isNull")),
    *({"and": [{"title": {"eq": "a"}}, {"title": None}]}, {"not": {"not": {"dueDate": {"lt": None}}}}),
    *({"title": {"in": ["a", None]}}, {"and": [None]}, {"project": {"tasks": {"some": {"project": None}}}}),
)  # fmt: skip


async def test_null_in_filter_is_bad_user_input(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    for where in FILTERS_WITH_NULL:
        assert (await client(TASKS_QUERY, where=where)).error_codes == ["BAD_USER_INPUT"], where


async def test_null_variable_in_filter_is_bad_user_input(app_with_dataset: AppFixture) -> None:
    query = "query ($id: ID) { tasks(where: {projectId: {eq: $id}}) { nodes { id } } }"
    assert (await app_with_dataset.tenant.client()(query, id=None)).error_codes == ["BAD_USER_INPUT"]


async def test_omitted_variable_in_filter_is_bad_user_input(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    empty: list[Any] = [{"title": {}}, {"workers": {}}, {"not": {"dueDate": {}}}, {"workers": {"some": {"name": {}}}}]
    for where in empty:
        assert (await client(TASKS_QUERY, where=where)).error_codes == ["BAD_USER_INPUT"], where
    query = "query ($id: ID) { tasks(where: {projectId: {eq: $id}}) { nodes { id } } }"
    assert (await client(query)).error_codes == ["BAD_USER_INPUT"]


UNSET_VARIABLES = {
    "query ($t: StringFilter) { tasks(where: {title: $t}) { totalCount } }": "where.title",
    'query ($t: String) { tasks(where: {title: {eq: $t, contains: "a"}}) { totalCount } }': "where.title.eq",
    'query ($t: TaskWhere) { tasks(where: {title: {eq: "a"}, not: $t}) { totalCount } }': "where.not",
    "query ($t: StringFilter) { projects { nodes { tasks(where: {or: [{title: $t}]}) { totalCount } } } }": (
        "where.or.0.title"
    ),
}


@pytest.mark.parametrize("query", UNSET_VARIABLES)
async def test_variable_without_value_never_removes_a_condition(query: str, app_with_dataset: AppFixture) -> None:
    response = await app_with_dataset.tenant.client()(query)
    (error,) = response.body["errors"]
    assert response.body.get("data") is None
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["locations"] == [{"line": 1, "column": query.rindex("$t") + 1}]
    assert "`$t`" in error["message"]
    assert f"`{UNSET_VARIABLES[query]}`" in error["message"]
    assert "`where: $where`" in error["message"]


async def test_variable_with_default_value_may_be_omitted_in_filter(app_with_dataset: AppFixture) -> None:
    query = 'query ($t: String = "", $w: TaskWhere) { tasks(where: {title: {contains: $t}}) { totalCount } %s }'
    all_tasks = len(DATASET.tasks)
    response = await app_with_dataset.tenant.client()(query % "all: tasks(where: $w) { totalCount }")
    assert response.data == {"tasks": {"totalCount": all_tasks}, "all": {"totalCount": all_tasks}}


async def test_null_or_empty_where_returns_all_rows(app_with_dataset: AppFixture) -> None:
    client, all_ids = app_with_dataset.tenant.client(), {global_id(row) for row in DATASET.tasks}
    unfiltered: list[Any] = [None, {}]
    for where in unfiltered:
        assert await filtered_ids(client, "task", where) == all_ids


INVALID_DATES: tuple[Any, ...] = ("", "x", "2026-02-30", "10000-01-01", "2026-01-31T12:00:00", 5, True, {})
INVALID_TIMESTAMPS: tuple[Any, ...] = (
    "",
    "x",
    "2026-01-31",
    "2026-01-31T12:00:00",
    "0001-01-01T00:00+01:00",
    5,
    True,
    {},
)
INVALID_STATUSES: tuple[Any, ...] = ("", "todo", "x", "LOW", 0, True, ["TODO", "DONE"])
INVALID_TEXTS: tuple[Any, ...] = (5, True, {}, ["a"], "\0", "a\0b")
MALFORMED_FILTERS: tuple[Any, ...] = (
    *({"dueDate": {"eq": value}} for value in INVALID_DATES),
    *({"createdAt": {"eq": value}} for value in INVALID_TIMESTAMPS),
    *({"status": {"eq": value}} for value in INVALID_STATUSES),
    *({"title": {"eq": value}} for value in INVALID_TEXTS),
    *({"title": "a"}, {"title": 5}, {"title": [{"eq": "a"}, {"eq": "b"}]}, {"title": {"like": "a"}}),
    *("x", 5, [{"title": {"eq": "a"}}, {"title": {"eq": "b"}}], {"nothing": {}}, {"tenantId": {"eq": "x"}}),
    *({"workers": {"any": {}}}, {"workers": {"some": {"tenantId": {"eq": "x"}}}}),
)


async def test_malformed_filter_is_bad_user_input(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    for where in MALFORMED_FILTERS:
        response = await client(TASKS_QUERY, where=where)
        assert set(response.error_codes) == {"BAD_USER_INPUT"}, where


def nest(depth: int, wrap: Callable[[Any], Any] = lambda inner: {"not": inner}) -> Any:
    """Build a filter with this nesting depth."""
    where: Any = {}
    for _ in range(depth - 1):
        where = wrap(where)
    return where


WRAPPERS: tuple[Callable[[Any], Any], ...] = (
    lambda inner: {"not": inner},
    lambda inner: {"and": [inner]},
    lambda inner: {"or": [{}, inner]},
)


def test_filter_depth_is_limited_to_six_levels() -> None:
    for wrap in WRAPPERS:
        parse_filter("task", nest(6, wrap))
        with pytest.raises(BadInput):
            parse_filter("task", nest(7, wrap))


def test_relation_levels_count_towards_depth_limit() -> None:
    deepest: Any = {}
    for number in range(5):
        deepest = {"tasks": {"every": deepest}} if number % 2 == 0 else {"workers": {"some": deepest}}
    parse_filter("worker", deepest)
    with pytest.raises(BadInput):
        parse_filter("task", {"assignee": deepest})


SIZE_LIMITS: tuple[tuple[Any, Any], ...] = (
    ({"and": [{}] * 99}, {"and": [{}] * 100}),
    ({"or": [{"title": {"eq": "a"}}] * 49}, {"or": [{"title": {"eq": "a"}}] * 50}),
    ({"title": {"in": ["a"] * 200}}, {"title": {"in": ["a"] * 201}}),
    ({"id": {"in": ["a"] * 200}}, {"id": {"in": ["a"] * 201}}),
    ({"title": {"contains": "😀" * 1000}}, {"title": {"contains": "😀" * 1001}}),
    ({"title": {"in": ["a" * 1000]}}, {"title": {"in": ["a" * 1001]}}),
)


async def test_filter_over_size_limit_is_bad_user_input(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    for fitting, too_large in SIZE_LIMITS:
        assert (await client(TASKS_QUERY, where=fitting)).error_codes == []
        assert (await client(TASKS_QUERY, where=too_large)).error_codes == ["BAD_USER_INPUT"]


@deterministic_settings(60)
@given(width=st.integers(1, 40), depth=st.integers(1, 12), data=st.data())
def test_accepted_filters_are_within_size_limit(width: int, depth: int, data: st.DataObject) -> None:
    where: Any = {"title": {"eq": "a"}}
    for _ in range(depth):
        operator = data.draw(st.sampled_from(["and", "or"]))
        where = {operator: [where, *[{}] * data.draw(st.integers(0, width))]}
    try:
        condition = parse_filter("task", where)
    except BadInput:
        return
    assert count_nodes(condition) <= 2 * 100 + 6


def count_nodes(condition: Condition) -> int:
    """Return the number of nodes of a condition."""
    children: list[Condition] = [*getattr(condition, "operands", ())]
    children += [getattr(condition, name) for name in ("operand", "condition") if hasattr(condition, name)]
    return 1 + sum(count_nodes(child) for child in children)


LARGEST_FILTERS: tuple[Any, ...] = (
    {"or": [{"title": {"in": [f"{n}-{m}" for m in range(200)]}} for n in range(49)]},
    {"title": dict.fromkeys((*EQUALITY, *COMPARISON, *TEXT_SEARCH), "😀%_\\" * 250)},
    {"or": [{"description": {"contains": "\\" * 1000}}] * 49},
    nest(6, lambda inner: {"or": [inner, {"not": {"title": {"eq": "a"}}}]} if inner else {"title": {"eq": "a"}}),
    {"project": {"tasks": {"every": {"workers": {"none": {"assignedTasks": {"every": {"title": {"ne": "a"}}}}}}}}},
)


async def test_largest_allowed_filters_return_matching_rows(app_with_dataset: AppFixture) -> None:
    for where in LARGEST_FILTERS:
        assert await filtered_ids(app_with_dataset.tenant.client(), "task", where) == expected_ids("task", where)
