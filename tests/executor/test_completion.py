"""Specification, 6.4.3 and 6.4.4: completing values, and errors where there may be no null."""

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

from executor import FIELD, Column, Computed, ordinary_resolver
from tests.executor.ways import Thing, Way


class Size(Enum):
    SMALL = 1
    LARGE = [2]  # noqa: RUF012 - what cannot be hashed may be the value of an enum's member


class Word(StrEnum):
    ONE = "one"


class OtherWord(StrEnum):
    UN = "one"


class OddEnum(GraphQLEnumType):
    def coerce_output_value(self, output_value: Any) -> str:
        return f"{type(output_value).__name__}_{output_value.name}"


SIZE = GraphQLEnumType("Size", {each.name: each for each in Size})
RAW = GraphQLEnumType("Raw", {"A": 1, "B": [2], "C": None})
ODD = OddEnum("Odd", {"ONE": "one"})
MONEY = GraphQLScalarType("Money", serialize=lambda value: f"{Decimal(value):.2f}")
FUSSY = GraphQLScalarType("Fussy", serialize=lambda value: None if value == "nothing" else value)


def leaf_schema(kind: Any, value: Any) -> GraphQLSchema:
    """A field of this type in every way that a value can be got."""
    column, computed = Column("value"), Computed(lambda parent: parent.value)
    declared = {
        name: GraphQLField(kind, resolve=ordinary_resolver(each), extensions={FIELD: each})
        for name, each in (("column", column), ("computed", computed))
    }
    fields = {"value": GraphQLField(kind), "resolved": GraphQLField(kind, resolve=lambda *_: value), **declared}
    item = GraphQLObjectType("Item", fields)
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [Thing(value=value)] * 2)
    many = GraphQLField(GraphQLList(kind), resolve=lambda *_: [value, value])
    return GraphQLSchema(GraphQLObjectType("Query", {"items": items, "many": many}))


LEAVES: list[tuple[Any, Any, Any]] = [
    (GraphQLString, "a", "a"),
    (GraphQLString, 5, "5"),
    (GraphQLString, True, "true"),
    (GraphQLString, Word.ONE, "one"),
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
    (FUSSY, {"a": [1]}, {"a": [1]}),
    (SIZE, Size.SMALL, "SMALL"),
    (SIZE, Size.LARGE, "LARGE"),
    (RAW, 1, "A"),
    (RAW, True, "A"),
    (RAW, [2], "B"),
    (RAW, "C", "C"),
    (ODD, Word.ONE, "Word_ONE"),
    (ODD, OtherWord.UN, "OtherWord_UN"),
]
TEXT = "{ items { value resolved column computed } many }"


@pytest.mark.parametrize(("kind", "value", "written"), LEAVES)
@pytest.mark.parametrize("required", [False, True])
async def test_leaves_are_written_by_their_type(
    way: Way,
    kind: Any,
    value: Any,
    written: Any,
    required: bool,  # noqa: FBT001
) -> None:
    schema = leaf_schema(GraphQLNonNull(kind) if required else kind, value)
    result = await way.run(schema, TEXT)
    assert result.errors is None
    item = dict.fromkeys(("value", "resolved", "column", "computed"), written)
    assert result.data == {"items": [item] * 2, "many": [written] * 2}
    assert repr(result.data["items"][0]["column"]) == repr(result.data["items"][0]["value"])
    assert orjson.loads(orjson.dumps(result.data)) == result.data


@pytest.mark.parametrize("kind", [GraphQLString, GraphQLInt, GraphQLFloat, MONEY, SIZE, RAW, ODD])
@pytest.mark.parametrize("value", [None, Undefined])
async def test_null_is_null(way: Way, kind: Any, value: Any) -> None:
    item = dict.fromkeys(("value", "resolved", "column", "computed"))
    assert await way.data(leaf_schema(kind, value), TEXT) == {"items": [item] * 2, "many": [None] * 2}


@pytest.mark.parametrize(
    ("kind", "value"),
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
        (FUSSY, "nothing"),
        (SIZE, 1),
        (RAW, 2),
        (ODD, "one"),
        (GraphQLString, ValueError("given")),
        (FUSSY, ValueError("given")),
    ],
)
async def test_what_cannot_be_written_fails_its_field(way: Way, kind: Any, value: Any) -> None:
    data, errors = await way.failed(leaf_schema(kind, value), TEXT)
    item = dict.fromkeys(("value", "resolved", "column", "computed"))
    assert data == {"items": [item] * 2, "many": [None] * 2}
    assert len(errors) == 10


async def stream(*items: Any) -> AsyncIterator[Any]:
    """An asynchronous list."""
    for item in items:
        yield item


async def soon(value: Any) -> Any:
    """A value to be awaited."""
    return value


LISTS = build_schema("type Item { n: Int } type Query { ints: [Int], items: [Item!]!, deep: [[[Item]!]], set: [Int] }")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: [1, None, 2], [1, None, 2]),
        (lambda: (1, 2), [1, 2]),
        (lambda: (n for n in range(3)), [0, 1, 2]),
        (lambda: {5}, [5]),
        ({1: 2}.values, [2]),
        (lambda: stream(1, None, 3), [1, None, 3]),
        (lambda: [soon(1), 2, soon(None)], [1, 2, None]),
        (lambda: soon([1, soon(2)]), [1, 2]),
        (lambda: stream(soon(1)), [1]),
        (list, []),
        (lambda: None, None),
    ],
)
async def test_whatever_passes_for_a_list(way: Way, made: Any, expected: Any) -> None:
    assert await way.data(LISTS, "{ ints }", Thing(ints=lambda _info: made())) == {"ints": expected}


async def test_lists_of_lists(way: Way) -> None:
    deep = [[[{"n": 1}, None], []], None, [], [({"n": 2},), [{"n": 3}]]]
    expected = [[[{"n": 1}, None], []], None, [], [[{"n": 2}], [{"n": 3}]]]
    assert await way.data(LISTS, "{ deep { n } }", {"deep": deep}) == {"deep": expected}


@pytest.mark.parametrize("value", ["text", 5, {"a": 1}, b"bytes", object()])
async def test_what_is_no_list(way: Way, value: Any) -> None:
    data, errors = await way.failed(LISTS, "{ ints }", {"ints": value})
    assert data == {"ints": None}
    assert errors == [("Expected Iterable, but did not find one for field 'Query.ints'.", ["ints"])]


async def test_a_list_that_fails_half_way(way: Way) -> None:
    async def broken(_info: Any) -> Any:
        yield 1
        raise ValueError("half way")

    def also_broken(_info: Any) -> Any:
        yield soon(1)
        raise ValueError("half way")

    data, errors = await way.failed(LISTS, "{ ints set }", Thing(ints=broken, set=also_broken))
    assert data == {"ints": None, "set": None}
    assert sorted(errors) == [("half way", ["ints"]), ("half way", ["set"])]


async def test_what_can_be_used_once_is_used_once(way: Way) -> None:
    root = {"ints": (n for n in (1, 2)), "items": [soon({"n": 1})], "deep": stream([]), "set": soon(None)}
    result = await way.run(LISTS, "{ ints items { n } deep { n } set }", root)
    assert result.errors is None
    assert result.data == {"ints": [1, 2], "items": [{"n": 1}], "deep": [[]], "set": None}


NULLS = build_schema("""
    type Query { top: Top, must: Top! }
    type Top { some: [Item], each: [Item!], all: [Item!]!, item: Item, must: Item!, name: String }
    type Item { n: Int! }
""")


@pytest.mark.parametrize(
    ("text", "top", "expected", "paths"),
    [
        ("item { n }", {"item": {}}, {"item": None}, [["item", "n"]]),
        ("must { n }", {"must": {}}, None, [["must", "n"]]),
        ("must { n }", {"must": None}, None, [["must"]]),
        (
            "some { n }",
            {"some": [{"n": 1}, {}, {}]},
            {"some": [{"n": 1}, None, None]},
            [["some", 1, "n"], ["some", 2, "n"]],
        ),
        ("each { n }", {"each": [{"n": 1}, {}]}, {"each": None}, [["each", 1, "n"]]),
        ("each { n }", {"each": [None]}, {"each": None}, [["each", 0]]),
        ("all { n } name", {"all": [{}], "name": "x"}, None, [["all", 0, "n"]]),
    ],
)
async def test_null_rises_to_where_it_may_be(way: Way, text: str, top: Any, expected: Any, paths: Any) -> None:
    data, errors = await way.failed(NULLS, f"{{ top {{ {text} }} }}", {"top": top})
    assert data == {"top": expected}
    assert [path for _, path in errors] == [["top", *path] for path in paths]
    data, errors = await way.failed(NULLS, f"{{ must {{ {text} }} }}", {"must": top})
    assert data == (None if expected is None else {"must": expected})
