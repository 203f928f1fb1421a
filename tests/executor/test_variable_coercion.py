"""Variables: the same values and the same rejections as in graphql-core."""

import random
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values

from executor.operation import Operation
from executor.types import Bailout
from executor.variable_coercion import MAX_DEPTH, build_variable_coercer

SCHEMA = build_schema("""
    scalar Uppercase
    input Box { x: Int, color: Color = RED, size: Int! = 3, up: Uppercase }
    input Where { and: [Where!], not: Where, label: String, boxes: [Box], range: [Int!]! = [1, 2] }
    input By @oneOf { id: ID, box: Box }
    enum Color { RED, GREEN }
    type Query {
        f(
            i: Int, s: String, b: Boolean, id: ID, fl: Float, l: [Int]
            box: Box, c: Color, up: Uppercase, w: Where, by: By
        ): Int
    }
""")

SCHEMA.type_map["Uppercase"].coerce_input_value = str.upper  # type: ignore[attr-defined]
TYPES = ("Int", "String", "Boolean", "ID", "Float", "[Int]", "Box", "Color", "Uppercase", "[[Box!]]", "Where", "By")
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


def random_value(choice: random.Random, depth: int = 0) -> Any:
    """Return a value that fits some of the types, more or less."""
    if depth < 4 and choice.random() < 0.7:
        if choice.random() < 0.3:
            return [random_value(choice, depth + 1) for _ in range(choice.randrange(3))]
        names = choice.choices(["x", "color", "size", "up", "and", "not", "label", "boxes", "range", "id", "box"], k=2)
        return {name: random_value(choice, depth + 1) for name in names[: choice.randrange(3)]}
    return choice.choice([*VALUES, 1, 2, "RED", "GREEN", "text"])


@pytest.mark.parametrize("type_", TYPES)
def test_random_values_are_coerced_as_by_graphql_core(type_: str) -> None:
    choice, operation, accepted = random.Random(type_), build_operation({"v": type_}), 0  # noqa: S311
    for _ in range(500):
        inputs = {"v": random_value(choice)}
        actual = coerce_with_executor(operation, inputs)
        assert (inputs, actual) == (inputs, coerce_with_graphql_core(operation, inputs))
        accepted += actual is not None
    assert accepted


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("Box", {"x": 1, "color": "GREEN", "up": "a"}),
        ("[Box!]!", [{"x": 1}, {"size": 2}]),
        ("Where", {"and": [{"not": {"label": "a"}}], "boxes": [None, {}]}),
        ("By!", {"id": "a"}),
    ],
)
def test_valid_input_objects_are_not_left_to_graphql_core(type_: str, value: Any) -> None:
    operation = build_operation({"v": type_})
    coercer = build_variable_coercer(SCHEMA, operation.definition.variable_definitions or ())
    assert coercer is not None
    coerced = coercer.coerce({"v": value})
    assert coerced is not None
    assert comparable(coerced) == coerce_with_graphql_core(operation, {"v": value})


def test_deeply_nested_values_are_left_to_graphql_core() -> None:
    operation, value = build_operation({"v": "Where"}), {"label": "a"}
    coercer = build_variable_coercer(SCHEMA, operation.definition.variable_definitions or ())
    assert coercer is not None
    for depth in range(300):
        coerced = coercer.coerce({"v": value})
        assert (coerced is None) is (depth > MAX_DEPTH)
        assert coerce_with_executor(operation, {"v": value}) == coerce_with_graphql_core(operation, {"v": value})
        value = {"not": value}  # type: ignore[dict-item]
