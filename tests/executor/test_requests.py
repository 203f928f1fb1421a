"""GraphQL specification, section 6.1: executing requests."""

from typing import Any

import pytest
from graphql import build_schema

from tests.executor.executor_helpers import OperationRunner, Record

SCHEMA = build_schema("""
    input Pair { x: Int! = 5, y: [String!] }
    enum Color { RED BLUE }
    type Query { a: Int, b: Int, echo(int: Int, list: [Int], pair: Pair, color: Color, text: String = "t"): String }
    type Subscription { a: Int }
""")


def echo(_info: Any, **arguments: Any) -> str:
    return str(sorted(arguments.items()))


ROOT = Record(a=1, b=2, echo=echo)


async def test_only_operation_is_executed(runner: OperationRunner) -> None:
    assert await runner.data(SCHEMA, "query A { a }", ROOT) == {"a": 1}


async def test_named_operation_is_executed(runner: OperationRunner) -> None:
    text = "query A { a } query B { b }"
    assert await runner.data(SCHEMA, text, ROOT, operation_name="B") == {"b": 2}
    assert await runner.data(SCHEMA, text, ROOT, operation_name="A") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("query A { a } query B { b }", None, "Must provide operation name if query contains multiple operations."),
        ("query A { a } query B { b }", "C", "Unknown operation named 'C'."),
        ("fragment F on Query { a }", None, "Must provide an operation."),
        ("mutation { a }", None, "Schema is not configured to execute mutation operation."),
    ],
)
async def test_request_without_a_matching_operation_is_an_error(
    runner: OperationRunner, text: str, name: str | None, message: str
) -> None:
    data, errors = await runner.data_and_errors(SCHEMA, text, ROOT, operation_name=name)
    assert data is None
    assert errors == [(message, None)]


@pytest.mark.parametrize(
    ("definition", "inputs", "echoed"),
    [
        ("$v: Int", {"v": 3}, "('int', 3)"),
        ("$v: Int", {"v": None}, "('int', None)"),
        ("$v: Int", {}, ""),
        ("$v: Int = 4", {}, "('int', 4)"),
        ("$v: Int = 4", {"v": None}, "('int', None)"),
        ("$v: Int!", {"v": 7, "unknown": 1}, "('int', 7)"),
    ],
)
async def test_variables_are_coerced(
    runner: OperationRunner, definition: str, inputs: dict[str, Any], echoed: str
) -> None:
    data = await runner.data(SCHEMA, f"query ({definition}) {{ echo(int: $v) }}", ROOT, variable_values=inputs)
    assert data == {"echo": f"[{echoed}, ('text', 't')]" if echoed else "[('text', 't')]"}


async def test_variables_in_lists_and_input_objects_are_coerced(runner: OperationRunner) -> None:
    text = "query ($n: Int, $p: Pair, $c: Color) { echo(list: [1, $n], color: $c, pair: $p, text: null) }"
    inputs = {"n": 2, "c": "BLUE", "p": {"y": "one"}}
    expected = "[('color', 'BLUE'), ('list', [1, 2]), ('pair', {'x': 5, 'y': ['one']}), ('text', None)]"
    assert await runner.data(SCHEMA, text, ROOT, variable_values=inputs) == {"echo": expected}


async def test_document_is_executed_again_with_other_variables(runner: OperationRunner) -> None:
    for number in (1, 2):
        text = "query ($v: Int) { echo(int: $v) }"
        data = await runner.data(SCHEMA, text, ROOT, variable_values={"v": number})
        assert data == {"echo": f"[('int', {number}), ('text', 't')]"}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"v": "x"}, "Variable '$v' has invalid value: Int cannot represent non-integer value: 'x'"),
        ({"v": None}, "Variable '$v' has invalid value: Expected value of non-null type 'Int!' not to be None."),
        ({}, "Variable '$v' has invalid value: Expected a value of non-null type 'Int!' to be provided."),
    ],
)
async def test_invalid_variables_are_a_request_error(
    runner: OperationRunner, inputs: dict[str, Any], message: str
) -> None:
    data, errors = await runner.data_and_errors(
        SCHEMA, "query ($v: Int!) { echo(int: $v) }", ROOT, variable_values=inputs
    )
    assert data is None
    assert errors == [(message, None)]


async def test_max_coercion_errors_limits_the_reported_errors(runner: OperationRunner) -> None:
    text = "query ($a: Int!, $b: Int!, $c: Int!) { a }"
    _, errors = await runner.data_and_errors(SCHEMA, text, ROOT, variable_values={}, max_coercion_errors=1)
    assert len(errors) == 2
    assert errors[1][0].startswith("Too many errors processing variables")


async def test_invalid_schema_raises_type_error(runner: OperationRunner) -> None:
    with pytest.raises(TypeError, match="Query root type must be provided"):
        await runner.execute(build_schema("type Other { a: Int }"), "{ a }")


async def test_defer_is_rejected(runner: OperationRunner) -> None:
    result = await runner.execute(SCHEMA, "{ a ... @skip(if: false) { b } }", ROOT)
    assert result.data == {"a": 1, "b": 2}
    with pytest.raises(Exception, match="multiple payloads"):
        await runner.execute(SCHEMA, "{ a ... @defer { b } }", ROOT)
