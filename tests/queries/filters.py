"""Filters for hypothesis to draw, and what clients get for them."""

import datetime
from typing import Any

from hypothesis import strategies as st

from models.ids import NOWHERE, public_id
from models.task import TaskPriority, TaskStatus
from tests.queries.garden import DAYS, GARDEN, LETTERS, MOMENTS
from tests.queries.meaning import Contract
from tests.support.client import Client
from tests.support.world import gid

EQUAL, SIZED, TEXT = ("eq", "ne"), ("gt", "gte", "lt", "lte"), ("contains", "startsWith")
OTHER_MOMENTS = (
    datetime.datetime.min.replace(tzinfo=datetime.UTC),
    datetime.datetime.max.replace(tzinfo=datetime.UTC),
    MOMENTS[1].astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
)
NEEDLES = ("K", "aB", "E\u0301", "\\%", "\\\\", "__", "%%", "a%", "00%", "x" * 300, "SS", "ﬀ")

CONTRACT = Contract(GARDEN)
STRINGS = st.sampled_from((*LETTERS, *NEEDLES))
TIMES = st.sampled_from([moment.isoformat() for moment in (*MOMENTS, *OTHER_MOMENTS)])
DATES = st.sampled_from(DAYS).map(str)


def of_values(values: st.SearchStrategy[Any], *operators: str) -> st.SearchStrategy[dict[str, Any]]:
    """An operator on a column; sometimes two."""
    each: list[st.SearchStrategy[tuple[str, Any]]] = [st.tuples(st.just(name), values) for name in operators]
    each += [st.tuples(st.just("isNull"), st.booleans()), st.tuples(st.just("in"), st.lists(values, max_size=12))]
    one = st.one_of(each).map(lambda part: dict([part]))
    return one | one | one | st.lists(st.one_of(each), min_size=1, max_size=2, unique_by=lambda part: part[0]).map(dict)


def of_ids(table: str) -> st.SearchStrategy[dict[str, Any]]:
    """Operators on an id, now and then of something else."""
    own = [gid(row) for row in GARDEN.rows(table)[:6]]
    others = [
        f"{table}_x",
        "",
        "x",
        gid(GARDEN.tasks[0]),
        gid(GARDEN.teams[0]),
        own[0].upper(),
        public_id(table, NOWHERE),
    ]
    return of_values(st.sampled_from([*own, *own, *others]), *EQUAL)


COLUMNS: dict[str, dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    "task": {
        "id": of_ids("task"),
        "title": of_values(STRINGS, *EQUAL, *SIZED, *TEXT),
        "status": of_values(st.sampled_from(TaskStatus).map(str), *EQUAL),
        "priority": of_values(st.sampled_from(TaskPriority).map(str), *EQUAL),
        "dueDate": of_values(DATES, *EQUAL, *SIZED),
        "createdAt": of_values(TIMES, *EQUAL, *SIZED),
        "projectId": of_ids("project"),
        "assigneeId": of_ids("worker"),
    },
    "worker": {
        "id": of_ids("worker"),
        "name": of_values(STRINGS, *EQUAL, *SIZED, *TEXT),
        "email": of_values(st.sampled_from(["1@x.test", "Ä", "ä", "X", "2"]), *EQUAL, *SIZED, *TEXT),
        "teamId": of_ids("team"),
    },
    "project": {"id": of_ids("project"), "name": of_values(STRINGS, *EQUAL, *SIZED, *TEXT)},
    "team": {"name": of_values(st.sampled_from(["Team 0", "team", "m 1", ""]), *EQUAL, *SIZED, *TEXT)},
}
TO_ONE = {"task": {"project": "project", "assignee": "worker"}, "worker": {"team": "team"}, "project": {}, "team": {}}
TO_MANY = {
    "task": {"workers": "worker"},
    "worker": {"tasks": "task", "assignedTasks": "task"},
    "project": {"tasks": "task"},
    "team": {"workers": "worker"},
}


@st.composite
def wheres(draw: st.DrawFn, table: str, depth: int) -> dict[str, Any]:
    """A filter of a table that nests so many levels deep."""
    names = [*COLUMNS[table], *(["and", "or", "not", *TO_ONE[table], *TO_MANY[table]] if depth > 1 else [])]
    chosen = draw(
        st.lists(st.sampled_from(names), min_size=draw(st.sampled_from([0, 1, 1, 1])), max_size=2, unique=True)
    )
    return {name: draw(parts(table, name, depth - 1)) for name in chosen}


def parts(table: str, name: str, depth: int) -> st.SearchStrategy[Any]:
    """What can stand in one field of a filter."""
    if name in COLUMNS[table]:
        return COLUMNS[table][name]
    if name in TO_ONE[table]:
        return wheres(TO_ONE[table][name], depth)
    if name in TO_MANY[table]:
        quantifiers = st.sampled_from(["some", "none", "every"])
        return st.dictionaries(quantifiers, wheres(TO_MANY[table][name], depth), min_size=1, max_size=2)
    return wheres(table, depth) if name == "not" else st.lists(wheres(table, depth), max_size=3)


async def found(client: Client, table: str, where: Any) -> set[str]:
    """The ids that a client gets."""
    query = "query ($where: %sWhere) { %ss(first: 100, where: $where) { totalCount nodes { id } } }"
    answer = (await client(query % (table.capitalize(), table), where=where)).data[f"{table}s"]
    assert answer["totalCount"] == len(answer["nodes"])
    return {node["id"] for node in answer["nodes"]}


def expected_of(table: str, where: Any) -> set[str]:
    """The ids that a client should get."""
    return {public_id(table, id) for id in CONTRACT.matching(table, where)}
