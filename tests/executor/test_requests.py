"""Specification, 6.1: executing requests."""

from typing import Any

import pytest
from graphql import build_schema

from tests.executor.ways import Thing, Way

SCHEMA = build_schema("""
    input Pair { x: Int! = 5, y: [String!] }
    enum Colour { RED BLUE }
    type Query { a: Int, b: Int, echo(int: Int, list: [Int], pair: Pair, colour: Colour, text: String = "t"): String }
    type Subscription { a: Int }
""")


def echo(_info: Any, **arguments: Any) -> str:
    return str(sorted(arguments.items()))


ROOT = Thing(a=1, b=2, echo=echo)


async def test_the_only_operation_is_executed(way: Way) -> None:
    assert await way.data(SCHEMA, "query A { a }", ROOT) == {"a": 1}


async def test_the_named_operation_is_executed(way: Way) -> None:
    text = "query A { a } query B { b }"
    assert await way.data(SCHEMA, text, ROOT, operation_name="B") == {"b": 2}
    assert await way.data(SCHEMA, text, ROOT, operation_name="A") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("query A { a } query B { b }", None, "Must provide operation name if query contains multiple operations."),
        ("query A { a } query B { b }", "C", "Unknown operation named 'C'."),
        ("fragment F on Query { a }", None, "Must provide an operation."),
        ("mutation { a }", None, "Schema is not configured to execute mutation operation."),
    ],
)
async def test_without_an_operation_nothing_is_executed(way: Way, text: str, name: str | None, message: str) -> None:
    data, errors = await way.failed(SCHEMA, text, ROOT, operation_name=name)
    assert data is None
    assert errors == [(message, None)]


@pytest.mark.parametrize(
    ("declared", "given", "seen"),
    [
        ("$v: Int", {"v": 3}, "('int', 3)"),
        ("$v: Int", {"v": None}, "('int', None)"),
        ("$v: Int", {}, ""),
        ("$v: Int = 4", {}, "('int', 4)"),
        ("$v: Int = 4", {"v": None}, "('int', None)"),
        ("$v: Int!", {"v": 7, "unknown": 1}, "('int', 7)"),
    ],
)
async def test_variables_are_coerced(way: Way, declared: str, given: dict[str, Any], seen: str) -> None:
    found = await way.data(SCHEMA, f"query ({declared}) {{ echo(int: $v) }}", ROOT, variable_values=given)
    assert found == {"echo": f"[{seen}, ('text', 't')]" if seen else "[('text', 't')]"}


async def test_variables_within_lists_and_objects_are_coerced(way: Way) -> None:
    text = "query ($n: Int, $p: Pair, $c: Colour) { echo(list: [1, $n], colour: $c, pair: $p, text: null) }"
    given = {"n": 2, "c": "BLUE", "p": {"y": "one"}}
    expected = "[('colour', 'BLUE'), ('list', [1, 2]), ('pair', {'x': 5, 'y': ['one']}), ('text', None)]"
    assert await way.data(SCHEMA, text, ROOT, variable_values=given) == {"echo": expected}


async def test_the_same_document_takes_other_variables(way: Way) -> None:
    for number in (1, 2):
        text = "query ($v: Int) { echo(int: $v) }"
        found = await way.data(SCHEMA, text, ROOT, variable_values={"v": number})
        assert found == {"echo": f"[('int', {number}), ('text', 't')]"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"v": "x"}, "Variable '$v' has invalid value: Int cannot represent non-integer value: 'x'"),
        ({"v": None}, "Variable '$v' has invalid value: Expected value of non-null type 'Int!' not to be None."),
        ({}, "Variable '$v' has invalid value: Expected a value of non-null type 'Int!' to be provided."),
    ],
)
async def test_wrong_variables_stop_the_request(way: Way, given: dict[str, Any], message: str) -> None:
    data, errors = await way.failed(SCHEMA, "query ($v: Int!) { echo(int: $v) }", ROOT, variable_values=given)
    assert data is None
    assert errors == [(message, None)]


async def test_so_many_errors_of_variables_are_told(way: Way) -> None:
    text = "query ($a: Int!, $b: Int!, $c: Int!) { a }"
    _, errors = await way.failed(SCHEMA, text, ROOT, variable_values={}, max_coercion_errors=1)
    assert len(errors) == 2
    assert errors[1][0].startswith("Too many errors processing variables")


async def test_an_invalid_schema_is_reported(way: Way) -> None:
    with pytest.raises(TypeError, match="Query root type must be provided"):
        await way.run(build_schema("type Other { a: Int }"), "{ a }")


async def test_deferring_is_refused(way: Way) -> None:
    result = await way.run(SCHEMA, "{ a ... @skip(if: false) { b } }", ROOT)
    assert result.data == {"a": 1, "b": 2}
    with pytest.raises(Exception, match="multiple payloads"):
        await way.run(SCHEMA, "{ a ... @defer { b } }", ROOT)
