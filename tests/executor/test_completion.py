"""GraphQL specification, sections 6.4.3 and 6.4.4: value completion, and errors in non-null fields."""

from collections.abc import AsyncIterator
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    build_schema,
)

from executor import EXECUTOR_EXTENSION, AttributeField, ComputedField, build_resolver
from tests.executor.executor_helpers import OperationRunner, Record


class Size(Enum):
    SMALL = 1
    LARGE = [2]  # noqa: RUF012 - an unhashable value of an enum member


class EnglishWord(StrEnum):
    ONE = "one"


class FrenchWord(StrEnum):
    UN = "one"


class CustomEnum(GraphQLEnumType):
    def coerce_output_value(self, output_value: Any) -> str:
        return f"{type(output_value).__name__}_{output_value.name}"


SIZE = GraphQLEnumType("Size", {member.name: member for member in Size})
RAW = GraphQLEnumType("Raw", {"A": 1, "B": [2], "C": None})
CUSTOM = CustomEnum("Custom", {"ONE": "one"})
MONEY = GraphQLScalarType("Money", serialize=lambda value: f"{Decimal(value):.2f}")
NULLING = GraphQLScalarType("Nulling", serialize=lambda value: None if value == "nothing" else value)


def build_leaf_schema(type_: Any, value: Any) -> GraphQLSchema:
    """Return a schema whose fields of this type get the value in every supported way."""
    column, computed = AttributeField("value"), ComputedField(lambda parent: parent.value)
    declared = {
        name: GraphQLField(type_, resolve=build_resolver(declaration), extensions={EXECUTOR_EXTENSION: declaration})
        for name, declaration in (("column", column), ("computed", computed))
    }
    fields = {"value": GraphQLField(type_), "resolved": GraphQLField(type_, resolve=lambda *_: value), **declared}
    item = GraphQLObjectType("Item", fields)
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [Record(value=value)] * 2)
    many = GraphQLField(GraphQLList(type_), resolve=lambda *_: [value, value])
    return GraphQLSchema(GraphQLObjectType("Query", {"items": items, "many": many}))


LEAVES: list[tuple[Any, Any, Any]] = [
    (GraphQLString, "a", "a"),
    (GraphQLString, 5, "5"),
    (GraphQLString, True, "true"),
    (GraphQLString, EnglishWord.ONE, "one"),
    (GraphQLInt, 5, 5),
    (GraphQLInt, True, 1),
    (GraphQLInt, 3.0, 3),
    (GraphQLInt, "7", 7),
    (GraphQLInt, 2**31 - 1, 2**31 - 1),
    (GraphQLInt, -(2**31), -(2**31)),
    (GraphQLFloat, 1.5, 1.5),
    (GraphQLFloat, 1, 1.0),
    (GraphQLFloat, -1e308, -1e308),
    (GraphQLBoolean, False, False),
    (GraphQLBoolean, 1, True),
    (GraphQLID, "x", "x"),
    (GraphQLID, 4, "4"),
    (MONEY, Decimal("2.5"), "2.50"),
    (NULLING, {"a": [1]}, {"a": [1]}),
    (SIZE, Size.SMALL, "SMALL"),
    (SIZE, Size.LARGE, "LARGE"),
    (RAW, 1, "A"),
    (RAW, True, "A"),
    (RAW, [2], "B"),
    (RAW, "C", "C"),
    (CUSTOM, EnglishWord.ONE, "EnglishWord_ONE"),
    (CUSTOM, FrenchWord.UN, "FrenchWord_UN"),
]
TEXT = "{ items { value resolved column computed } many }"


@pytest.mark.parametrize(("type_", "value", "serialized"), LEAVES)
@pytest.mark.parametrize("required", [False, True])
async def test_leaf_values_are_serialized_by_their_type(
    runner: OperationRunner,
    type_: Any,
    value: Any,
    serialized: Any,
    required: bool,  # noqa: FBT001
) -> None:
    schema = build_leaf_schema(GraphQLNonNull(type_) if required else type_, value)
    result = await runner.execute(schema, TEXT)
    assert result.errors is None
    item = dict.fromkeys(("value", "resolved", "column", "computed"), serialized)
    assert result.data == {"items": [item] * 2, "many": [serialized] * 2}
    assert repr(result.data["items"][0]["column"]) == repr(result.data["items"][0]["value"])
    assert orjson.loads(orjson.dumps(result.data)) == result.data


@pytest.mark.parametrize("type_", [GraphQLString, GraphQLInt, GraphQLFloat, MONEY, SIZE, RAW, CUSTOM])
@pytest.mark.parametrize("value", [None, Undefined])
async def test_null_leaf_is_null(runner: OperationRunner, type_: Any, value: Any) -> None:
    item = dict.fromkeys(("value", "resolved", "column", "computed"))
    assert await runner.data(build_leaf_schema(type_, value), TEXT) == {"items": [item] * 2, "many": [None] * 2}


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (GraphQLString, [1]),
        (GraphQLInt, 2**31),
        (GraphQLInt, -(2**31) - 1),
        (GraphQLInt, 1.5),
        (GraphQLFloat, float("nan")),
        (GraphQLFloat, float("-inf")),
        (GraphQLBoolean, "yes"),
        (GraphQLID, True),
        (MONEY, "much"),
        (NULLING, "nothing"),
        (SIZE, 1),
        (RAW, 2),
        (CUSTOM, "one"),
        (GraphQLString, ValueError("returned")),
        (NULLING, ValueError("returned")),
    ],
)
async def test_leaf_that_cannot_be_serialized_fails_its_field(runner: OperationRunner, type_: Any, value: Any) -> None:
    data, errors = await runner.data_and_errors(build_leaf_schema(type_, value), TEXT)
    item = dict.fromkeys(("value", "resolved", "column", "computed"))
    assert data == {"items": [item] * 2, "many": [None] * 2}
    assert len(errors) == 10


async def stream(*items: Any) -> AsyncIterator[Any]:
    """Yield the items asynchronously."""
    for item in items:
        yield item


async def return_async(value: Any) -> Any:
    """Return the value when awaited."""
    return value


LISTS = build_schema("type Item { n: Int } type Query { ints: [Int], items: [Item!]!, deep: [[[Item]!]], set: [Int] }")


@pytest.mark.parametrize(
    ("make_list", "expected"),
    [
        (lambda: [1, None, 2], [1, None, 2]),
        (lambda: (1, 2), [1, 2]),
        (lambda: (n for n in range(3)), [0, 1, 2]),
        (lambda: {5}, [5]),
        ({1: 2}.values, [2]),
        (lambda: stream(1, None, 3), [1, None, 3]),
        (lambda: [return_async(1), 2, return_async(None)], [1, 2, None]),
        (lambda: return_async([1, return_async(2)]), [1, 2]),
        (lambda: stream(return_async(1)), [1]),
        (list, []),
        (lambda: None, None),
    ],
)
async def test_iterables_are_completed_as_lists(runner: OperationRunner, make_list: Any, expected: Any) -> None:
    assert await runner.data(LISTS, "{ ints }", Record(ints=lambda _info: make_list())) == {"ints": expected}


async def test_nested_lists_are_completed(runner: OperationRunner) -> None:
    deep = [[[{"n": 1}, None], []], None, [], [({"n": 2},), [{"n": 3}]]]
    expected = [[[{"n": 1}, None], []], None, [], [[{"n": 2}], [{"n": 3}]]]
    assert await runner.data(LISTS, "{ deep { n } }", {"deep": deep}) == {"deep": expected}


@pytest.mark.parametrize("value", ["text", 5, {"a": 1}, b"bytes", object()])
async def test_value_that_is_not_iterable_fails_its_list_field(runner: OperationRunner, value: Any) -> None:
    data, errors = await runner.data_and_errors(LISTS, "{ ints }", {"ints": value})
    assert data == {"ints": None}
    assert errors == [("Expected Iterable, but did not find one for field 'Query.ints'.", ["ints"])]


async def test_iterator_that_raises_fails_its_list_field(runner: OperationRunner) -> None:
    async def failing_stream(_info: Any) -> Any:
        yield 1
        raise ValueError("iteration failed")

    def failing_generator(_info: Any) -> Any:
        yield return_async(1)
        raise ValueError("iteration failed")

    data, errors = await runner.data_and_errors(
        LISTS, "{ ints set }", Record(ints=failing_stream, set=failing_generator)
    )
    assert data == {"ints": None, "set": None}
    assert sorted(errors) == [("iteration failed", ["ints"]), ("iteration failed", ["set"])]


async def test_single_use_values_in_a_dict_are_consumed_once(runner: OperationRunner) -> None:
    root = {
        "ints": (n for n in (1, 2)),
        "items": [return_async({"n": 1})],
        "deep": stream([]),
        "set": return_async(None),
    }
    result = await runner.execute(LISTS, "{ ints items { n } deep { n } set }", root)
    assert result.errors is None
    assert result.data == {"ints": [1, 2], "items": [{"n": 1}], "deep": [[]], "set": None}


NULLS = build_schema("""
    type Query { top: Top, requiredTop: Top! }
    type Top {
        nullableItems: [Item], items: [Item!], requiredItems: [Item!]!, item: Item, requiredItem: Item!, name: String
    }
    type Item { n: Int! }
""")


@pytest.mark.parametrize(
    ("text", "top", "expected", "paths"),
    [
        ("item { n }", {"item": {}}, {"item": None}, [["item", "n"]]),
        ("requiredItem { n }", {"requiredItem": {}}, None, [["requiredItem", "n"]]),
        ("requiredItem { n }", {"requiredItem": None}, None, [["requiredItem"]]),
        (
            "nullableItems { n }",
            {"nullableItems": [{"n": 1}, {}, {}]},
            {"nullableItems": [{"n": 1}, None, None]},
            [["nullableItems", 1, "n"], ["nullableItems", 2, "n"]],
        ),
        ("items { n }", {"items": [{"n": 1}, {}]}, {"items": None}, [["items", 1, "n"]]),
        ("items { n }", {"items": [None]}, {"items": None}, [["items", 0]]),
        ("requiredItems { n } name", {"requiredItems": [{}], "name": "x"}, None, [["requiredItems", 0, "n"]]),
    ],
)
async def test_null_propagates_to_the_nearest_nullable_field(
    runner: OperationRunner, text: str, top: Any, expected: Any, paths: Any
) -> None:
    data, errors = await runner.data_and_errors(NULLS, f"{{ top {{ {text} }} }}", {"top": top})
    assert data == {"top": expected}
    assert [path for _, path in errors] == [["top", *path] for path in paths]
    data, errors = await runner.data_and_errors(NULLS, f"{{ requiredTop {{ {text} }} }}", {"requiredTop": top})
    assert data == (None if expected is None else {"requiredTop": expected})
