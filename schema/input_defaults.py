"""Default values of inputs that create a row: those of the model's columns, so that the schema shows them."""

from graphql import GraphQLInputObjectType
from strawberry import Schema


def set_input_defaults(schema: Schema) -> None:
    """Set the default values of all fields of inputs that `create_input` has derived (inputs/derive.py)."""
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            origin = type_.extensions["strawberry-definition"].origin
            for name, value in getattr(origin, "column_defaults", {}).items():
                type_.fields[name].default_value = value
