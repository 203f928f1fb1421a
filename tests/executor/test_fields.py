"""GraphQL specification, section 6.4: coercing the arguments of fields, and resolving their values."""

import asyncio
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    build_schema,
)

from tests.executor.executor_helpers import OperationRunner, Record

INPUT = GraphQLInputObjectType(
    "Range",
    {"low": GraphQLInputField(GraphQLInt, default_value=0), "high": GraphQLInputField(GraphQLInt, out_name="top")},
    out_type=lambda values: ("range", *sorted(values.items())),
)


def build_argument_schema(resolve: Any) -> GraphQLSchema:
    """Return a schema whose field has arguments of all kinds of types."""
    arguments = {
        "plain": GraphQLArgument(GraphQLInt),
        "default": GraphQLArgument(GraphQLInt, default_value=3, out_name="renamed"),
        "range": GraphQLArgument(INPUT),
        "list": GraphQLArgument(GraphQLList(GraphQLInt)),
    }
    field = GraphQLField(GraphQLString, arguments, resolve=resolve)
    item = GraphQLObjectType("Item", {"echo": field})
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [1, 2, 3])
    return GraphQLSchema(GraphQLObjectType("Query", {"echo": field, "items": items}))


def echo(_parent: Any, _info: GraphQLResolveInfo[Any], **arguments: Any) -> str:
    return str(sorted(arguments.items()))


@pytest.mark.parametrize(
    ("arguments", "echoed"),
    [
        ("", "[('renamed', 3)]"),
        ("(plain: 1, default: 2)", "[('plain', 1), ('renamed', 2)]"),
        ("(plain: null, default: null)", "[('plain', None), ('renamed', None)]"),
        ("(range: {high: 5})", "[('range', ('range', ('low', 0), ('top', 5))), ('renamed', 3)]"),
        ("(list: 4)", "[('list', [4]), ('renamed', 3)]"),
        ("(plain: $value)", "[('plain', 8), ('renamed', 3)]"),
        ("(plain: $missing, default: $missing)", "[('renamed', 3)]"),
        ("(list: [1, $value])", "[('list', [1, 8]), ('renamed', 3)]"),
    ],
)
async def test_arguments_are_coerced(runner: OperationRunner, arguments: str, echoed: str) -> None:
    text = f"query ($value: Int, $missing: Int) {{ echo{arguments} items {{ echo{arguments} }} }}"
    data = await runner.data(build_argument_schema(echo), text, variable_values={"value": 8})
    assert data == {"echo": echoed, "items": [{"echo": echoed}] * 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('(plain: "x")', "Argument 'plain' has invalid value: Int cannot represent non-integer value: \"x\""),
        ("(range: {low: $wrong})", "Argument 'range' has invalid value"),
    ],
)
async def test_invalid_arguments_fail_their_field(runner: OperationRunner, arguments: str, message: str) -> None:
    text = f'query ($wrong: String = "w") {{ fine: echo(plain: 1) echo{arguments} }}'
    schema = build_argument_schema(echo)
    if "$" in arguments:
        data = await runner.data(schema, text)  # the operation is not validated, so the variable is used unchanged
        assert "('low', 'w')" in data["echo"]
        return
    data, errors = await runner.data_and_errors(schema, text)
    assert data == {"fine": "[('plain', 1), ('renamed', 3)]", "echo": None}
    assert errors == [(message, ["echo"])]


async def test_resolver_may_mutate_its_arguments(runner: OperationRunner) -> None:
    def resolve(_parent: Any, _info: GraphQLResolveInfo[Any], **arguments: Any) -> str:
        arguments["list"].append(9)
        return str(arguments["list"])

    data = await runner.data(build_argument_schema(resolve), "{ items { echo(list: [1]) } }")
    assert data == {"items": [{"echo": "[1, 9]"}] * 3}


async def test_default_resolver_reads_keys_and_attributes_and_calls_methods(runner: OperationRunner) -> None:
    schema = build_schema("type Item { a: Int, b(by: Int): Int, c: Int } type Query { items: [Item] }")

    async def double(_info: Any, by: int = 1) -> int:
        return by * 2

    items = [{"a": 1, "b": lambda _info, by: by}, Record(a=lambda _info: 3, b=double, c=4), {}]
    data = await runner.execute(schema, "{ items { a b(by: 5) c } }", {"items": items})
    assert data.data == {
        "items": [{"a": 1, "b": 5, "c": None}, {"a": 3, "b": 10, "c": 4}, {"a": None, "b": None, "c": None}]
    }
    assert data.errors is None


async def test_field_resolver_argument_is_used(runner: OperationRunner) -> None:
    schema = build_schema("type Item { a: Int } type Query { item: Item }")
    calls: list[str] = []

    def resolve(parent: Any, info: GraphQLResolveInfo[Any]) -> Any:
        calls.append(f"{info.parent_type}.{info.field_name} of {parent}")
        return 5

    assert await runner.data(schema, "{ item { a } }", 1, field_resolver=resolve) == {"item": {"a": 5}}
    assert calls == ["Query.item of 1", "Item.a of 5"]


async def test_resolver_receives_resolve_info(runner: OperationRunner) -> None:
    infos: list[GraphQLResolveInfo[Any]] = []

    def record_info(_parent: Any, info: GraphQLResolveInfo[Any]) -> int:
        infos.append(info)
        return 1

    leaf = GraphQLObjectType("Leaf", {"n": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=record_info)})
    lists = GraphQLField(GraphQLList(GraphQLList(leaf)), resolve=lambda *_: [[1], None, [2, None, 3]])
    schema = GraphQLSchema(GraphQLObjectType("Query", {"lists": lists}))
    text = "query Q($v: Int = 2) { some: lists { m: n ...F } } fragment F on Leaf { m: n }"
    context, root = object(), object()
    await runner.data(schema, text, root, context_value=context)
    assert [info.path.as_list() for info in infos] == [["some", 0, 0, "m"], ["some", 2, 0, "m"], ["some", 2, 2, "m"]]
    info = infos[-1]
    assert info.path.typename == "Leaf"
    assert info.path.prev is not None
    assert info.path.prev.typename is None
    assert (info.field_name, str(info.return_type), info.parent_type, len(info.field_nodes)) == ("n", "Int!", leaf, 2)
    assert (info.schema, info.root_value, info.context) == (schema, root, context)
    assert list(info.fragments) == ["F"]
    assert info.operation.name is not None
    assert info.operation.name.value == "Q"
    assert info.variable_values.coerced == {"v": 2}
    assert info.is_awaitable(asyncio.sleep) is False
    assert info.abort_signal is None


async def test_resolver_can_use_async_helpers(runner: OperationRunner) -> None:
    tracked: list[int] = []

    async def return_number(number: int) -> int:
        tracked.append(number)
        return number

    async def resolve(_parent: Any, info: GraphQLResolveInfo[Any]) -> int:
        info.async_helpers.track([return_number(3)])
        return sum(await info.async_helpers.gather([return_number(1), return_number(2)]))

    schema = GraphQLSchema(GraphQLObjectType("Query", {"n": GraphQLField(GraphQLInt, resolve=resolve)}))
    assert await runner.data(schema, "{ n }") == {"n": 3}
    assert tracked == [3, 1, 2]


async def test_resolver_errors_have_path_and_location(runner: OperationRunner) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("no")

    async def fail_later(*_: Any) -> Any:
        raise ValueError("not now")

    item = GraphQLObjectType(
        "Item",
        {
            "fails": GraphQLField(GraphQLInt, resolve=fail),
            "later": GraphQLField(GraphQLInt, resolve=fail_later),
            "returns": GraphQLField(GraphQLInt, resolve=lambda *_: KeyError("error")),
            "fine": GraphQLField(GraphQLInt, resolve=lambda *_: 1),
        },
    )
    items = GraphQLField(GraphQLList(item), resolve=lambda *_: [1])
    schema = GraphQLSchema(GraphQLObjectType("Query", {"items": items}))
    result = await runner.execute(schema, "{ items { fails x: later returns fine } }")
    assert result.data == {"items": [{"fails": None, "x": None, "returns": None, "fine": 1}]}
    assert result.errors is not None
    errors = {str(error.path): (error.message, error.locations[0].column) for error in result.errors if error.locations}
    assert errors == {
        "['items', 0, 'fails']": ("no", 11),
        "['items', 0, 'x']": ("not now", 17),
        "['items', 0, 'returns']": ("'error'", 26),
    }
    assert {type(error.original_error) for error in result.errors} == {ValueError, KeyError}
    assert all(error.original_error and error.original_error.__context__ is None for error in result.errors)
