"""Hypothesis strategies of arbitrary input: mostly valid for the schema, with some values of the wrong type."""

from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    parse,
    parse_type,
    type_from_ast,
)
from hypothesis import strategies as st

from tests.support.graphql_schema import graphql_schema

SCHEMA = graphql_schema()
IDS = ["task_", f"task_{'0' * 32}", f"project_{'f' * 32}", "worker_x", "", "\U0010ffff"]
TEXTS = st.text(max_size=20) | st.sampled_from(["Dig", " ", "%", "_\\", "x" * 201, "a\nb", "\0", "'; --", "🌱" * 200])
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([0, 1, -1, 100, 101, 2**31 - 1, 2**31])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Boolean": st.booleans(),
    "Date": st.dates().map(str),
    "DateTime": st.datetimes().map(lambda timestamp: f"{timestamp.isoformat()}Z"),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.floats(-1e9, 1e9) | NUMBERS,
    "ID": st.sampled_from(IDS),
    "Int": NUMBERS,
    "String": TEXTS,
}


def arbitrary_variables(document: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of variables for a document. Most have the declared type."""
    (operation, *_) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return st.fixed_dictionaries(
        {},
        optional={
            definition.variable.name.value: _mostly_valid_value(str(type_from_ast(SCHEMA, definition.type)))
            for definition in operation.variable_definitions or ()
        },
    )


@cache
def _mostly_valid_value(type_text: str) -> st.SearchStrategy[Any]:
    """Return a strategy of values of this type. One value in ten is arbitrary JSON."""
    return st.integers(0, 9).flatmap(lambda number: JSON if number == 0 else _valid_value(type_text))


def _valid_value(type_text: str) -> st.SearchStrategy[Any]:
    input_type: Any = type_from_ast(SCHEMA, parse_type(type_text))
    return _value_of_type(input_type)


def _value_of_type(input_type: GraphQLInputType) -> st.SearchStrategy[Any]:
    match input_type:
        case GraphQLNonNull():
            return _value_of_type(input_type.of_type)
        case GraphQLList():
            return st.lists(_mostly_valid_value(str(input_type.of_type)), max_size=3)
        case GraphQLEnumType():
            return st.sampled_from(sorted(input_type.values))
        case GraphQLInputObjectType():
            return _input_object(input_type)
    return SCALARS[input_type.name]


def _input_object(input_type: GraphQLInputObjectType) -> st.SearchStrategy[Any]:
    """Return a strategy of input objects with the required fields and up to three more."""
    required = {name for name, field in input_type.fields.items() if isinstance(field.type, GraphQLNonNull)}
    field_names = st.sets(st.sampled_from(sorted(input_type.fields)), max_size=3).map(lambda names: names | required)
    return field_names.flatmap(
        lambda names: st.fixed_dictionaries(
            {name: _mostly_valid_value(str(input_type.fields[name].type)) for name in names}
        )
    )
