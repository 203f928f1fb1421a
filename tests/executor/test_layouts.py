"""Rows that say how they are laid out: read by place, with the same answer as by attribute."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, ClassVar

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from executor import Column, Prefixed
from executor.assembly import MOST_CLASSES
from executor.layouts import Layout
from tests.executor.ways import Way, declared


class Status(Enum):
    OPEN = "open"
    DONE = "done"


MEANINGS = {None: None, "o": Status.OPEN, "d": Status.DONE}
STATUS = GraphQLEnumType("Status", {each.name: each for each in Status})


class Key(int):
    @property
    def hex(self) -> str:
        return f"{self:x}"


class Row(tuple[Any, ...]):
    """As a driver makes them: values by place, and attributes that find them there. It notes which were asked for."""

    __slots__ = ()
    __layout__: ClassVar[Layout] = {"title": (0, None), "status": (1, MEANINGS), "id": (2, None)}
    asked: ClassVar[list[str]] = []

    @property
    def length(self) -> int:
        """Not to be found in the row."""
        self.asked.append("length")
        return len(self.title)

    def __getattr__(self, name: str) -> Any:
        if name not in self.__layout__:
            raise AttributeError(name)
        self.asked.append(name)
        place, meanings = self.__layout__[name]
        return self[place] if meanings is None else meanings[self[place]]


class Turned(Row):
    """The same attributes, lying the other way round."""

    __slots__ = ()
    __layout__: ClassVar[Layout] = {"id": (0, None), "status": (1, MEANINGS), "title": (2, None)}


def schema(rows: Sequence[Any], status: Any = STATUS) -> GraphQLSchema:
    task = GraphQLObjectType(
        "Task",
        {
            "id": declared(GraphQLNonNull(GraphQLID), Column("id", Prefixed("task_", "hex"))),
            "title": declared(GraphQLString, Column("title")),
            "loud": declared(GraphQLString, Column("title", str.upper)),
            "length": declared(GraphQLInt, Column("length")),
            "status": declared(status, Column("status")),
        },
    )
    return GraphQLSchema(
        GraphQLObjectType("Query", {"tasks": GraphQLField(GraphQLList(task), resolve=lambda *_: rows)})
    )


TEXT = "{ tasks { id title loud length status } }"
ROWS = [Row(("Dig", "o", Key(10))), Row((None, None, Key(11))), Row(("Sow", "d", Key(12)))]
FOUND = {"id": "task_a", "title": "Dig", "loud": "DIG", "length": 3, "status": "OPEN"}


async def test_rows_are_answered_as_by_their_attributes(way: Way) -> None:
    without_length = "{ tasks { id title loud status } }"
    assert await way.data(schema(ROWS), without_length) == {
        "tasks": [
            {"id": "task_a", "title": "Dig", "loud": "DIG", "status": "OPEN"},
            {"id": "task_b", "title": None, "loud": None, "status": None},
            {"id": "task_c", "title": "Sow", "loud": "SOW", "status": "DONE"},
        ]
    }


async def test_attributes_are_asked_for_only_where_they_do_not_lie_in_the_row(planned: Way) -> None:
    Row.asked.clear()
    assert await planned.data(schema(ROWS[:1]), TEXT) == {"tasks": [FOUND]}
    assert Row.asked == ["length", "title"]  # which the length is made of


async def test_each_class_is_read_in_its_own_way(way: Way) -> None:
    turned = Turned((Key(10), "o", "Dig"))
    for rows in ([ROWS[0]], [turned], [ROWS[0], turned]):
        assert await way.data(schema(rows), TEXT) == {"tasks": [FOUND] * len(rows)}


async def test_one_plan_reads_rows_of_any_class(planned: Way) -> None:
    rows: list[Any] = []
    one = schema(rows)
    for number in range(MOST_CLASSES + 2):
        kind = type(f"Row{number}", (Turned if number % 2 else Row,), {"__slots__": ()})
        rows[:] = [kind((Key(10), "o", "Dig") if number % 2 else ("Dig", "o", Key(10)))]
        assert await planned.data(one, TEXT) == {"tasks": [FOUND]}


@pytest.mark.parametrize("stored", [None, "x"])
async def test_what_may_not_be_is_an_error(way: Way, stored: Any) -> None:
    data, errors = await way.failed(schema([Row(("Dig", stored, Key(1)))], GraphQLNonNull(STATUS)), TEXT)
    assert data == {"tasks": [None]}
    assert [path for _, path in errors] == [["tasks", 0, "status"]]


async def test_meanings_that_the_type_does_not_know_are_errors_where_they_occur(way: Way) -> None:
    narrow = GraphQLEnumType("Status", {"OPEN": Status.OPEN})
    assert await way.data(schema(ROWS[:1], narrow), TEXT) == {"tasks": [FOUND]}
    data, errors = await way.failed(schema(ROWS[2:], narrow), TEXT)
    assert data["tasks"][0]["status"] is None
    assert [path for _, path in errors] == [["tasks", 0, "status"]]
