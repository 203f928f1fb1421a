"""Hypothesis strategies for `where` inputs, and their actual and expected results."""

import datetime
from typing import Any

from hypothesis import strategies as st

from models.ids import NIL_UUID, public_id
from models.task import TaskPriority, TaskStatus
from tests.queries.filter_oracle import FilterOracle
from tests.support.app_fixture import global_id
from tests.support.client import Client
from tests.support.dataset import DATASET, DATES, TEXTS, TIMESTAMPS

EQUALITY, COMPARISON, TEXT_SEARCH = ("eq", "ne"), ("gt", "gte", "lt", "lte"), ("contains", "startsWith", "endsWith")
OTHER_TIMESTAMPS = (
    datetime.datetime.min.replace(tzinfo=datetime.UTC),
    datetime.datetime.max.replace(tzinfo=datetime.UTC),
    TIMESTAMPS[1].astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
)
SEARCH_TEXTS = ("K", "aB", "E\u0301", "\\%", "\\\\", "__", "%%", "a%", "00%", "x" * 300, "SS", "ﬀ")

ORACLE = FilterOracle(DATASET)
STRINGS = st.sampled_from((*TEXTS, *SEARCH_TEXTS))
TIMESTAMP_TEXTS = st.sampled_from([timestamp.isoformat() for timestamp in (*TIMESTAMPS, *OTHER_TIMESTAMPS)])
DATE_TEXTS = st.sampled_from(DATES).map(str)


def column_filters(values: st.SearchStrategy[Any], *operators: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one operator of a column, sometimes two."""
    pairs: list[st.SearchStrategy[tuple[str, Any]]] = [st.tuples(st.just(name), values) for name in operators]
    pairs += [st.tuples(st.just("isNull"), st.booleans())]
    pairs += [st.tuples(st.just(name), st.lists(values, max_size=12)) for name in ("in", "notIn")]
    single = st.one_of(pairs).map(lambda pair: dict([pair]))
    return (
        single
        | single
        | single
        | st.lists(st.one_of(pairs), min_size=1, max_size=2, unique_by=lambda pair: pair[0]).map(dict)
    )


def id_filters(table: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw operators of an id column, sometimes with malformed or foreign ids."""
    valid_ids = [global_id(row) for row in DATASET.rows(table)[:6]]
    other_ids = [
        f"{table}_x",
        "",
        "x",
        global_id(DATASET.tasks[0]),
        global_id(DATASET.teams[0]),
        valid_ids[0].upper(),
        public_id(table, NIL_UUID),
    ]
    return column_filters(st.sampled_from([*valid_ids, *valid_ids, *other_ids]), *EQUALITY)


COLUMNS: dict[str, dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    "task": {
        "id": id_filters("task"),
        "title": column_filters(STRINGS, *EQUALITY, *COMPARISON, *TEXT_SEARCH),
        "status": column_filters(st.sampled_from(TaskStatus).map(str), *EQUALITY),
        "priority": column_filters(st.sampled_from(TaskPriority).map(str), *EQUALITY),
        "dueDate": column_filters(DATE_TEXTS, *EQUALITY, *COMPARISON),
        "createdAt": column_filters(TIMESTAMP_TEXTS, *EQUALITY, *COMPARISON),
        "projectId": id_filters("project"),
        "assigneeId": id_filters("worker"),
    },
    "worker": {
        "id": id_filters("worker"),
        "name": column_filters(STRINGS, *EQUALITY, *COMPARISON, *TEXT_SEARCH),
        "email": column_filters(
            st.sampled_from(["1@x.test", "Ä", "ä", "X", "2"]), *EQUALITY, *COMPARISON, *TEXT_SEARCH
        ),
        "teamId": id_filters("team"),
    },
    "project": {"id": id_filters("project"), "name": column_filters(STRINGS, *EQUALITY, *COMPARISON, *TEXT_SEARCH)},
    "team": {
        "name": column_filters(st.sampled_from(["Team 0", "team", "m 1", ""]), *EQUALITY, *COMPARISON, *TEXT_SEARCH)
    },
}
TO_ONE = {"task": {"project": "project", "assignee": "worker"}, "worker": {"team": "team"}, "project": {}, "team": {}}
TO_MANY = {
    "task": {"workers": "worker"},
    "worker": {"tasks": "task", "assignedTasks": "task"},
    "project": {"tasks": "task"},
    "team": {"workers": "worker"},
}


@st.composite
def where_inputs(draw: st.DrawFn, table: str, depth: int) -> dict[str, Any]:
    """Draw a filter of a table with at most this nesting depth."""
    names = [*COLUMNS[table], *(["and", "or", "not", *TO_ONE[table], *TO_MANY[table]] if depth > 1 else [])]
    chosen_names = draw(
        st.lists(st.sampled_from(names), min_size=draw(st.sampled_from([0, 1, 1, 1])), max_size=2, unique=True)
    )
    return {name: draw(field_values(table, name, depth - 1)) for name in chosen_names}


def field_values(table: str, name: str, depth: int) -> st.SearchStrategy[Any]:
    """Return a strategy for the value of one field of a filter."""
    if name in COLUMNS[table]:
        return COLUMNS[table][name]
    if name in TO_ONE[table]:
        return where_inputs(TO_ONE[table][name], depth)
    if name in TO_MANY[table]:
        quantifiers = st.sampled_from(["some", "none", "every"])
        quantified = st.dictionaries(quantifiers, where_inputs(TO_MANY[table][name], depth), min_size=1, max_size=2)
        return quantified | column_filters(st.integers(0, 6), *EQUALITY, *COMPARISON).map(
            lambda count: {"count": count}
        )
    return where_inputs(table, depth) if name == "not" else st.lists(where_inputs(table, depth), max_size=3)


async def filtered_ids(client: Client, table: str, where: Any) -> set[str]:
    """Return the ids of the rows that the API returns."""
    query = "query ($where: %sWhere) { %ss(first: 100, where: $where) { totalCount nodes { id } } }"
    connection = (await client(query % (table.capitalize(), table), where=where)).data[f"{table}s"]
    assert connection["totalCount"] == len(connection["nodes"])
    return {node["id"] for node in connection["nodes"]}


def expected_ids(table: str, where: Any) -> set[str]:
    """Return the ids of the rows that the oracle expects."""
    return {public_id(table, id) for id in ORACLE.matching_ids(table, where)}
