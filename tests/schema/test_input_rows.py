"""Rows that Strawberry does not convert give the same values as inputs that it converts."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList

from inputs.dynamic_types import RowType, definition, row_of
from resolvers.unpack import provided_fields, provided_values
from schema.schema import build_schema
from tests.schema.test_input_conversion import DERIVED_INPUTS, SCHEMA, input_values


def convert(values: Any, input_type: Any) -> Any:
    """Convert an argument as Strawberry does."""
    return convert_argument(values, input_type, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)


@pytest.mark.parametrize(
    ("cls", "graphql_type"), DERIVED_INPUTS, ids=[graphql_type.name for _, graphql_type in DERIVED_INPUTS]
)
def test_values_of_rows_equal_those_of_converted_inputs(cls: Any, graphql_type: GraphQLInputObjectType) -> None:
    for values in input_values(graphql_type):
        assert provided_values(cls, values) == provided_fields(convert(values, cls))


def test_rows_of_bulk_mutations_are_not_converted() -> None:
    rows: list[Any] = [type_ for type_ in SCHEMA.schema_converter.scalar_registry if isinstance(type_, RowType)]
    assert {"CreateTaskInput", "BulkUpdateTaskInput"} <= {definition(type_.resolve_type()).name for type_ in rows}
    for type_ in rows:
        value = [{"title": "Weed"}]
        assert convert(value, StrawberryList(type_)) == value


def test_second_schema_has_the_same_types() -> None:
    assert build_schema().as_str() == SCHEMA.as_str()


def test_rows_of_the_same_input_are_equal() -> None:
    cls, _ = DERIVED_INPUTS[0]
    assert row_of(cls) == row_of(cls)
