"""Default values in the schema: those of columns for inputs that create a row, and none that is null."""

from collections.abc import Iterator

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
)
from strawberry import Schema


def set_input_defaults(schema: Schema) -> None:
    """Set the default values of all fields of inputs that `create_input` has derived (inputs/derive.py)."""
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            origin = type_.extensions["strawberry-definition"].origin
            for name, value in getattr(origin, "column_defaults", {}).items():
                type_.fields[name].default_value = value


def remove_null_defaults(schema: Schema) -> None:
    """Remove the default value null of arguments and input fields. Strawberry sets it if a Python default is None;
    for clients, whose tools show it, "no default" is the truth. Omitted values have their Python default all the
    same."""
    for element in _inputs(schema):
        if element.default_value is None:
            element.default_value = Undefined


def _inputs(schema: Schema) -> Iterator[GraphQLArgument | GraphQLInputField]:
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            yield from type_.fields.values()
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field in type_.fields.values():
                yield from field.args.values()
