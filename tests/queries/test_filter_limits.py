"""How far a client can go with a filter: nulls, nonsense and sizes."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.conditions import Condition
from schema.inputs.conditions import read
from services.errors import BadInput
from tests.queries.filters import EQUAL, SIZED, TEXT, expected_of, found
from tests.queries.garden import GARDEN
from tests.queries.sorting import thorough
from tests.support.world import World, gid

TASKS = "query ($where: TaskWhere) { tasks(where: $where) { nodes { id } } }"
NULLS: tuple[dict[str, Any], ...] = (
    *({name: None} for name in ("title", "id", "dueDate", "project", "workers", "and", "or", "not", "createdAt")),
    *({"title": {name: None}} for name in ("eq", "ne", "in", "gt", "contains", "isNull")),
    *({"workers": {name: None}} for name in ("some", "none", "every")),
    *({"projectId": {name: None}} for name in ("eq", "ne", "in", "isNull")),
    *({"and": [{"title": {"eq": "a"}}, {"title": None}]}, {"not": {"not": {"dueDate": {"lt": None}}}}),
    *({"title": {"in": ["a", None]}}, {"and": [None]}, {"project": {"tasks": {"some": {"project": None}}}}),
)  # fmt: skip


async def test_null_in_a_filter_is_bad_user_input(world: World) -> None:
    client = world.here.client()
    for where in NULLS:
        assert (await client(TASKS, where=where)).codes == ["BAD_USER_INPUT"], where


async def test_a_variable_that_is_null_does_not_turn_a_filter_into_everything(planted: World) -> None:
    query = "query ($id: ID) { tasks(where: {projectId: {eq: $id}}) { nodes { id } } }"
    assert (await planted.here.client()(query, id=None)).codes == ["BAD_USER_INPUT"]


async def test_a_variable_that_is_omitted_does_not_turn_a_filter_into_everything(planted: World) -> None:
    client = planted.here.client()
    empty: list[Any] = [{"title": {}}, {"workers": {}}, {"not": {"dueDate": {}}}, {"workers": {"some": {"name": {}}}}]
    for refused in empty:
        assert (await client(TASKS, where=refused)).codes == ["BAD_USER_INPUT"], refused
    query = "query ($id: ID) { tasks(where: {projectId: {eq: $id}}) { nodes { id } } }"
    assert (await client(query)).codes == ["BAD_USER_INPUT"]


async def test_a_filter_that_is_null_or_omitted_as_a_whole_filters_nothing(planted: World) -> None:
    client, everything = planted.here.client(), {gid(row) for row in GARDEN.tasks}
    nothing: list[Any] = [None, {}]
    for where in nothing:
        assert await found(client, "task", where) == everything


NO_DAYS: tuple[Any, ...] = ("", "x", "2026-02-30", "10000-01-01", "2026-01-31T12:00:00", 5, True, {})
NO_MOMENTS: tuple[Any, ...] = ("", "x", "2026-01-31", "2026-01-31T12:00:00", "0001-01-01T00:00+01:00", 5, True, {})
NO_STATUS: tuple[Any, ...] = ("", "todo", "x", "LOW", 0, True, ["TODO", "DONE"])
NO_TEXT: tuple[Any, ...] = (5, True, {}, ["a"], "\0", "a\0b")
MALFORMED: tuple[Any, ...] = (
    *({"dueDate": {"eq": value}} for value in NO_DAYS),
    *({"createdAt": {"eq": value}} for value in NO_MOMENTS),
    *({"status": {"eq": value}} for value in NO_STATUS),
    *({"title": {"eq": value}} for value in NO_TEXT),
    *({"title": "a"}, {"title": 5}, {"title": [{"eq": "a"}, {"eq": "b"}]}, {"title": {"like": "a"}}),
    *("x", 5, [{"title": {"eq": "a"}}, {"title": {"eq": "b"}}], {"nothing": {}}, {"tenantId": {"eq": "x"}}),
    *({"workers": {"any": {}}}, {"workers": {"some": {"tenantId": {"eq": "x"}}}}),
)


async def test_malformed_filters_are_bad_user_input(world: World) -> None:
    client = world.here.client()
    for where in MALFORMED:
        answer = await client(TASKS, where=where)
        assert set(answer.codes) == {"BAD_USER_INPUT"}, where


def nested(depth: int, step: Callable[[Any], Any] = lambda inner: {"not": inner}) -> Any:
    """A filter so many levels deep."""
    where: Any = {}
    for _ in range(depth - 1):
        where = step(where)
    return where


STEPS: tuple[Callable[[Any], Any], ...] = (
    lambda inner: {"not": inner},
    lambda inner: {"and": [inner]},
    lambda inner: {"or": [{}, inner]},
)


def test_a_filter_may_be_six_levels_deep() -> None:
    for step in STEPS:
        read("task", nested(6, step))
        with pytest.raises(BadInput):
            read("task", nested(7, step))


def test_levels_through_relations_count_as_well() -> None:
    deepest: Any = {}
    for number in range(5):
        deepest = {"tasks": {"every": deepest}} if number % 2 == 0 else {"workers": {"some": deepest}}
    read("worker", deepest)
    with pytest.raises(BadInput):
        read("task", {"assignee": deepest})


LIMITS: tuple[tuple[Any, Any], ...] = (
    ({"and": [{}] * 99}, {"and": [{}] * 100}),
    ({"or": [{"title": {"eq": "a"}}] * 49}, {"or": [{"title": {"eq": "a"}}] * 50}),
    ({"title": {"in": ["a"] * 200}}, {"title": {"in": ["a"] * 201}}),
    ({"id": {"in": ["a"] * 200}}, {"id": {"in": ["a"] * 201}}),
    ({"title": {"contains": "😀" * 1000}}, {"title": {"contains": "😀" * 1001}}),
    ({"title": {"in": ["a" * 1000]}}, {"title": {"in": ["a" * 1001]}}),
)


async def test_a_filter_with_one_thing_too_many_is_bad_user_input(world: World) -> None:
    client = world.here.client()
    for fitting, too_large in LIMITS:
        assert (await client(TASKS, where=fitting)).codes == []
        assert (await client(TASKS, where=too_large)).codes == ["BAD_USER_INPUT"]


@thorough(60)
@given(width=st.integers(1, 40), depth=st.integers(1, 12), data=st.data())
def test_whatever_passes_as_a_filter_is_within_the_limits(width: int, depth: int, data: st.DataObject) -> None:
    where: Any = {"title": {"eq": "a"}}
    for _ in range(depth):
        kind = data.draw(st.sampled_from(["and", "or"]))
        where = {kind: [where, *[{}] * data.draw(st.integers(0, width))]}
    try:
        condition = read("task", where)
    except BadInput:
        return
    assert size_of(condition) <= 2 * 100 + 6


def size_of(condition: Condition) -> int:
    """How many nodes a condition has."""
    parts: Any = getattr(condition, "parts", None) or [part for part in [getattr(condition, "part", None)] if part]
    return 1 + sum(size_of(part) for part in parts)


LARGEST: tuple[Any, ...] = (
    {"or": [{"title": {"in": [f"{n}-{m}" for m in range(200)]}} for n in range(49)]},
    {"title": dict.fromkeys((*EQUAL, *SIZED, *TEXT), "😀%_\\" * 250)},
    {"or": [{"description": {"contains": "\\" * 1000}}] * 49},
    nested(6, lambda inner: {"or": [inner, {"not": {"title": {"eq": "a"}}}]} if inner else {"title": {"eq": "a"}}),
    {"project": {"tasks": {"every": {"workers": {"none": {"assignedTasks": {"every": {"title": {"ne": "a"}}}}}}}}},
)


async def test_the_largest_filters_are_answered(planted: World) -> None:
    for where in LARGEST:
        assert await found(planted.here.client(), "task", where) == expected_of("task", where)
