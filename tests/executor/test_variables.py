"""Variables that are taken as they are: what graphql-core makes of them, and nothing it would refuse."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values

from executor.operation import Operation
from executor.values import Unusual
from executor.variables import plain_variables

SCHEMA = build_schema("""
    scalar Loud
    input Box { x: Int }
    enum Colour { RED }
    type Query { f(i: Int, s: String, b: Boolean, id: ID, fl: Float, l: [Int], box: Box, c: Colour, loud: Loud): Int }
""")
TYPES = ("Int", "String", "Boolean", "ID", "Float", "[Int]", "Box", "Colour", "Loud")
VALUES: list[Any] = [
    *(None, 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 10**30),
    *(True, False, "", "text", "5", "RED", "\ud800", 1.0, 1.5, float("inf"), [], [1], {}, {"x": 1}),
]


def operation(types: dict[str, str], schema: GraphQLSchema = SCHEMA) -> Operation:
    """A query with these variables."""
    variables = ", ".join(f"${name}: {kind}" for name, kind in types.items())
    return Operation(schema, parse(f"query ({variables}) {{ f }}"), None)


def told(found: VariableValues) -> Any:
    """What there is to know of them. Two types of one form are not equal, so they are compared by their names."""
    sources = {
        name: (each.signature.name, str(each.signature.type), each.value) for name, each in found.sources.items()
    }
    return sources, found.coerced


def by_graphql_core(asked: Operation, given: dict[str, Any]) -> Any:
    """What graphql-core makes of them; None if it refuses."""
    found = get_variable_values(SCHEMA, asked.definition.variable_definitions or (), given)
    return None if isinstance(found, list) else told(found)


def by_us(asked: Operation, given: dict[str, Any]) -> Any:
    """The same of ours."""
    try:
        return told(asked.variables(given, 50, hide_suggestions=False))
    except Unusual:
        return None


@pytest.mark.parametrize("kind", [*TYPES, *(f"{kind}!" for kind in TYPES), "Int = 5", 'String! = "x"'])
def test_every_value_is_taken_as_graphql_core_takes_it(kind: str) -> None:
    asked = operation({"v": kind})
    for value in VALUES:
        ours, theirs = by_us(asked, {"v": value}), by_graphql_core(asked, {"v": value})
        assert (kind, value, ours) == (kind, value, theirs)
        if ours is not None:
            assert type(ours[1].get("v")) is type(theirs[1].get("v"))
    for given in ({}, {"w": 1}, {"v": "5", "w": 1}):
        assert by_us(asked, given) == by_graphql_core(asked, given)


def test_several_are_taken_together() -> None:
    asked = operation({"a": "Int", "b": "String!", "c": "Boolean"})
    for given in (
        {"a": 1, "b": "x", "c": None},
        {"b": "x"},
        {"a": "1", "b": "x"},
        {"a": 1},
        {"a": 1, "b": "x", "c": 0},
    ):
        assert by_us(asked, given) == by_graphql_core(asked, given)


def test_what_has_other_types_is_left_to_graphql_core() -> None:
    for kind in ("Float", "[Int]", "Box", "Colour!", "Loud", "[String!]!"):
        definition = parse(f"query ($v: {kind}) {{ f }}").definitions[0]
        assert isinstance(definition, OperationDefinitionNode)
        assert plain_variables(SCHEMA, definition.variable_definitions or ()) is None
