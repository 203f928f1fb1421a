"""Derived inputs convert values to the same objects as Strawberry's own conversion."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
)
from strawberry.types.arguments import convert_argument

from inputs.dynamic_types import definition
from schema.schema import build_schema

SCHEMA = build_schema()


def derived_inputs() -> Iterator[tuple[Any, GraphQLInputObjectType]]:
    """Yield the classes and GraphQL types of inputs that are derived from a model."""
    for graphql_type in SCHEMA._schema.type_map.values():
        strawberry_type: Any = graphql_type.extensions.get("strawberry-definition")
        is_derived = hasattr(getattr(strawberry_type, "origin", None), "references")
        if isinstance(graphql_type, GraphQLInputObjectType) and is_derived:
            yield strawberry_type.origin, graphql_type


DERIVED_INPUTS = list(derived_inputs())


def input_values(graphql_type: GraphQLInputObjectType) -> Iterator[dict[str, Any]]:
    """Yield input values with different optional fields, as graphql-core parses them."""
    values = {name: _value(name, field) for name, field in graphql_type.fields.items() if not _is_nested(field)}
    required = {name: values[name] for name, field in graphql_type.fields.items() if is_required_input_field(field)}
    optional = [name for name in values if name not in required]
    yield required
    for name in optional:
        yield required | {name: None}
        yield required | {name: values[name]}
    yield required | dict.fromkeys(optional)
    yield required | {name: values[name] for name in optional}


def _value(name: str, field: GraphQLInputField) -> Any:
    return [] if isinstance(get_nullable_type(field.type), GraphQLList) else f"the {name}"


def _is_nested(field: GraphQLInputField) -> bool:
    """Return whether the value is another input: filters of webhooks are stored as they were sent."""
    return isinstance(get_named_type(field.type), GraphQLInputObjectType)


@pytest.mark.parametrize(
    ("cls", "graphql_type"), DERIVED_INPUTS, ids=[graphql_type.name for _, graphql_type in DERIVED_INPUTS]
)
def test_input_is_converted_like_strawberry_does(
    cls: Any, graphql_type: GraphQLInputObjectType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(values: dict[str, Any]) -> Any:
        return convert_argument(values, cls, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)

    converted = [convert(values) for values in input_values(graphql_type)]
    monkeypatch.setattr(definition(cls), "from_input", None)
    assert converted == [convert(values) for values in input_values(graphql_type)]
    assert all(type(value) is cls for value in converted)


def test_derived_inputs_exist() -> None:
    assert {"CreateTaskInput", "UpdateTaskInput"} <= {graphql_type.name for _, graphql_type in DERIVED_INPUTS}
