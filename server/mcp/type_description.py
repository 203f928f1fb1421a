"""Descriptions of types and fields of the schema, in the schema definition language."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    print_type,
)

MAX_CHARACTERS = 12_000
"""Of a type with more, only the signatures of its fields are described."""
_KINDS = {
    GraphQLScalarType: "scalar",
    GraphQLObjectType: "object",
    GraphQLInterfaceType: "interface",
    GraphQLUnionType: "union",
    GraphQLEnumType: "enum",
    GraphQLInputObjectType: "input",
}


def kind_of(graphql_type: GraphQLNamedType) -> str:
    """Return the kind of a type in one word."""
    return next(name for kind, name in _KINDS.items() if isinstance(graphql_type, kind))


def describe_signature(name: str, field: GraphQLField | GraphQLInputField) -> str:
    """Return the name, the arguments and the type of a field in a line."""
    arguments = field.args if isinstance(field, GraphQLField) else {}
    listed = ", ".join(f"{argument}: {each.type}" for argument, each in arguments.items())
    return f"{name}{f'({listed})' if listed else ''}: {field.type}"


def describe_type(schema: GraphQLSchema, name: str) -> str | None:
    """Return the definition of a type (`Task`) or of one field (`Query.tasks`); None if there is none."""
    type_name, _, field_name = name.strip().partition(".")
    graphql_type = schema.type_map.get(type_name)
    if graphql_type is None or type_name.startswith("__"):
        return None
    if field_name:
        return _describe_field(graphql_type, field_name)
    definition = print_type(graphql_type)
    return definition if len(definition) <= MAX_CHARACTERS else _list_fields(graphql_type)


def _describe_field(graphql_type: Any, name: str) -> str | None:
    fields = getattr(graphql_type, "fields", {})
    if name not in fields:
        return None
    return print_type(type(graphql_type)(graphql_type.name, {name: fields[name]}))


def _list_fields(graphql_type: Any) -> str:
    """Return the fields of a large type without their descriptions."""
    fields = getattr(graphql_type, "fields", {})
    lines = "\n".join(f"  {describe_signature(name, field)}" for name, field in fields.items())
    note = f"# For descriptions, describe one field, such as {graphql_type.name}.{next(iter(fields))}."
    return f"{note}\ntype {graphql_type.name} {{\n{lines}\n}}"[: MAX_CHARACTERS * 4]
