"""Variables of built-in scalars that are used unchanged: the same values and the same rejections as in graphql-core."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values

from executor.operation import Operation
from executor.types import Bailout
from executor.variable_coercion import build_scalar_coercer

SCHEMA = build_schema("""
    scalar Uppercase
    input Box { x: Int }
    enum Color { RED }
    type Query { f(i: Int, s: String, b: Boolean, id: ID, fl: Float, l: [Int], box: Box, c: Color, up: Uppercase): Int }
""")
TYPES = ("Int", "String", "Boolean", "ID", "Float", "[Int]", "Box", "Color", "Uppercase")
VALUES: list[Any] = [
    *(None, 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 10**30),
    *(True, False, "", "text", "5", "RED", "\ud800", 1.0, 1.5, float("inf"), [], [1], {}, {"x": 1}),
]


def build_operation(types: dict[str, str], schema: GraphQLSchema = SCHEMA) -> Operation:
    """Return a query with these variables."""
    variables = ", ".join(f"${name}: {type_}" for name, type_ in types.items())
    return Operation(schema, parse(f"query ({variables}) {{ f }}"), None)


def comparable(values: VariableValues) -> Any:
    """Return the values in a form that can be compared. Equal types are not `==`, so their names are used."""
    sources = {
        name: (source.signature.name, str(source.signature.type), source.value)
        for name, source in values.sources.items()
    }
    return sources, values.coerced


def coerce_with_graphql_core(operation: Operation, inputs: dict[str, Any]) -> Any:
    """Return the values coerced by graphql-core; None if it rejects them."""
    values = get_variable_values(SCHEMA, operation.definition.variable_definitions or (), inputs)
    return None if isinstance(values, list) else comparable(values)


def coerce_with_executor(operation: Operation, inputs: dict[str, Any]) -> Any:
    """Return the values coerced by the executor; None if it rejects them."""
    try:
        return comparable(operation.coerce_variables(inputs, 50, hide_suggestions=False))
    except Bailout:
        return None


@pytest.mark.parametrize("type_", [*TYPES, *(f"{type_}!" for type_ in TYPES), "Int = 5", 'String! = "x"'])
def test_values_are_coerced_as_by_graphql_core(type_: str) -> None:
    operation = build_operation({"v": type_})
    for value in VALUES:
        actual = coerce_with_executor(operation, {"v": value})
        expected = coerce_with_graphql_core(operation, {"v": value})
        assert (type_, value, actual) == (type_, value, expected)
        if actual is not None:
            assert type(actual[1].get("v")) is type(expected[1].get("v"))
    for inputs in ({}, {"w": 1}, {"v": "5", "w": 1}):
        assert coerce_with_executor(operation, inputs) == coerce_with_graphql_core(operation, inputs)


def test_several_variables_are_coerced_together() -> None:
    operation = build_operation({"a": "Int", "b": "String!", "c": "Boolean"})
    for inputs in (
        {"a": 1, "b": "x", "c": None},
        {"b": "x"},
        {"a": "1", "b": "x"},
        {"a": 1},
        {"a": 1, "b": "x", "c": 0},
    ):
        assert coerce_with_executor(operation, inputs) == coerce_with_graphql_core(operation, inputs)


def test_other_types_are_left_to_graphql_core() -> None:
    for type_ in ("Float", "[Int]", "Box", "Color!", "Uppercase", "[String!]!"):
        definition = parse(f"query ($v: {type_}) {{ f }}").definitions[0]
        assert isinstance(definition, OperationDefinitionNode)
        assert build_scalar_coercer(SCHEMA, definition.variable_definitions or ()) is None
