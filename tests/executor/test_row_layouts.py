"""Row classes with a layout: columns are read by index, with the same result as by attribute."""

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

from executor import AttributeField, PrefixSerializer
from executor.object_builder import MAX_ROW_CLASSES
from executor.object_codegen import Layout
from tests.executor.executor_helpers import OperationRunner, declared_field


class Status(Enum):
    OPEN = "open"
    DONE = "done"


STATUS_BY_STORED = {None: None, "o": Status.OPEN, "d": Status.DONE}
STATUS = GraphQLEnumType("Status", {member.name: member for member in Status})


class Key(int):
    @property
    def hex(self) -> str:
        return f"{self:x}"


class Row(tuple[Any, ...]):
    """A row of a database driver: values by index, and attributes that look them up. It records the attributes read."""

    __slots__ = ()
    __layout__: ClassVar[Layout] = {"title": (0, None), "status": (1, STATUS_BY_STORED), "id": (2, None)}
    attributes_read: ClassVar[list[str]] = []

    @property
    def length(self) -> int:
        """An attribute that is not a column."""
        self.attributes_read.append("length")
        return len(self.title)

    def __getattr__(self, name: str) -> Any:
        if name not in self.__layout__:
            raise AttributeError(name)
        self.attributes_read.append(name)
        index, decoded_values = self.__layout__[name]
        return self[index] if decoded_values is None else decoded_values[self[index]]


class ReversedRow(Row):
    """A row with the same attributes in reverse order."""

    __slots__ = ()
    __layout__: ClassVar[Layout] = {"id": (0, None), "status": (1, STATUS_BY_STORED), "title": (2, None)}


def build_schema(rows: Sequence[Any], status: Any = STATUS) -> GraphQLSchema:
    task = GraphQLObjectType(
        "Task",
        {
            "id": declared_field(GraphQLNonNull(GraphQLID), AttributeField("id", PrefixSerializer("task_", "hex"))),
            "title": declared_field(GraphQLString, AttributeField("title")),
            "loud": declared_field(GraphQLString, AttributeField("title", str.upper)),
            "length": declared_field(GraphQLInt, AttributeField("length")),
            "status": declared_field(status, AttributeField("status")),
        },
    )
    return GraphQLSchema(
        GraphQLObjectType("Query", {"tasks": GraphQLField(GraphQLList(task), resolve=lambda *_: rows)})
    )


TEXT = "{ tasks { id title loud length status } }"
ROWS = [Row(("Dig", "o", Key(10))), Row((None, None, Key(11))), Row(("Sow", "d", Key(12)))]
FIRST_TASK = {"id": "task_a", "title": "Dig", "loud": "DIG", "length": 3, "status": "OPEN"}


async def test_rows_have_the_same_result_as_their_attributes(runner: OperationRunner) -> None:
    without_length = "{ tasks { id title loud status } }"
    assert await runner.data(build_schema(ROWS), without_length) == {
        "tasks": [
            {"id": "task_a", "title": "Dig", "loud": "DIG", "status": "OPEN"},
            {"id": "task_b", "title": None, "loud": None, "status": None},
            {"id": "task_c", "title": "Sow", "loud": "SOW", "status": "DONE"},
        ]
    }


async def test_only_attributes_that_are_not_columns_are_read_as_attributes(plan_runner: OperationRunner) -> None:
    Row.attributes_read.clear()
    assert await plan_runner.data(build_schema(ROWS[:1]), TEXT) == {"tasks": [FIRST_TASK]}
    assert Row.attributes_read == ["length", "title"]  # read by `length`


async def test_each_row_class_is_read_by_its_own_layout(runner: OperationRunner) -> None:
    reversed_row = ReversedRow((Key(10), "o", "Dig"))
    for rows in ([ROWS[0]], [reversed_row], [ROWS[0], reversed_row]):
        assert await runner.data(build_schema(rows), TEXT) == {"tasks": [FIRST_TASK] * len(rows)}


async def test_plan_reads_more_row_classes_than_it_specializes(plan_runner: OperationRunner) -> None:
    rows: list[Any] = []
    schema = build_schema(rows)
    for number in range(MAX_ROW_CLASSES + 2):
        row_class = type(f"Row{number}", (ReversedRow if number % 2 else Row,), {"__slots__": ()})
        rows[:] = [row_class((Key(10), "o", "Dig") if number % 2 else ("Dig", "o", Key(10)))]
        assert await plan_runner.data(schema, TEXT) == {"tasks": [FIRST_TASK]}


@pytest.mark.parametrize("stored", [None, "x"])
async def test_null_or_unknown_stored_value_fails_its_non_null_field(runner: OperationRunner, stored: Any) -> None:
    data, errors = await runner.data_and_errors(
        build_schema([Row(("Dig", stored, Key(1)))], GraphQLNonNull(STATUS)), TEXT
    )
    assert data == {"tasks": [None]}
    assert [path for _, path in errors] == [["tasks", 0, "status"]]


async def test_stored_value_without_an_enum_name_fails_only_where_it_occurs(runner: OperationRunner) -> None:
    narrow = GraphQLEnumType("Status", {"OPEN": Status.OPEN})
    assert await runner.data(build_schema(ROWS[:1], narrow), TEXT) == {"tasks": [FIRST_TASK]}
    data, errors = await runner.data_and_errors(build_schema(ROWS[2:], narrow), TEXT)
    assert data["tasks"][0]["status"] is None
    assert [path for _, path in errors] == [["tasks", 0, "status"]]
