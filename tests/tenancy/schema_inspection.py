"""Inspection of the GraphQL schema for the operation generators of this package."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_leaf_type,
)
from strawberry.utils.str_converters import to_snake_case

from models.fields import referenced_table
from models.relations import get_model
from schema.derive import COLUMN
from schema.requirements import ACCESS
from services.core.access import Access
from tests.support.graphql_schema import graphql_schema

NOUN_ALIASES = {"colleague": "user"}
"""Id prefixes of filters whose name is not that of a type."""


class UnknownSchemaElement(Exception):
    """The generators do not support a schema element. The message says what to add, and where."""


def root_fields(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Yield the name of the root type, the name of the field and the field, for each root field of queries and
    mutations. Subscriptions are those of test_subscription_isolation.py."""
    for root_type in (schema.query_type, schema.mutation_type):
        assert root_type is not None
        for name, field in root_type.fields.items():
            yield root_type.name, name, field


def superuser_fields() -> frozenset[str]:
    """Return the root fields for superusers, as `Query.users`, which are meant to return rows of all tenants."""
    return frozenset(
        f"{type_name}.{name}"
        for type_name, name, field in root_fields(graphql_schema())
        if field.extensions[ACCESS] is Access.SUPERUSER
    )


def node_types(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    """Return the object types that implement Node, by id prefix."""
    types = [
        graphql_type
        for graphql_type in schema.type_map.values()
        if is_node_type(graphql_type) and isinstance(graphql_type, GraphQLObjectType)
    ]
    return {node_type.fields["id"].extensions[COLUMN].prefix: node_type for node_type in types}


def is_node_type(graphql_type: GraphQLNamedType) -> bool:
    """Return whether the type is Node or implements it."""
    if isinstance(graphql_type, GraphQLInterfaceType):
        return graphql_type.name == "Node"
    return isinstance(graphql_type, GraphQLObjectType) and any(
        interface.name == "Node" for interface in graphql_type.interfaces
    )


def is_connection(graphql_type: GraphQLNamedType) -> bool:
    """Return whether the type is a connection."""
    return isinstance(graphql_type, GraphQLObjectType) and {"edges", "nodes", "pageInfo"} <= set(graphql_type.fields)


def id_prefix_of(graphql_type: GraphQLNamedType) -> str | None:
    """Return the id prefix of the objects that the type contains or filters; "*" for Node and unions.
    None if there are none."""
    if is_connection(graphql_type):
        assert isinstance(graphql_type, GraphQLObjectType)
        return id_prefix_of(get_named_type(graphql_type.fields["nodes"].type))
    if isinstance(graphql_type, GraphQLUnionType) or (
        isinstance(graphql_type, GraphQLInterfaceType) and is_node_type(graphql_type)
    ):
        return "*"
    if isinstance(graphql_type, GraphQLObjectType):
        if is_node_type(graphql_type):
            return str(graphql_type.fields["id"].extensions[COLUMN].prefix)
        if "userErrors" in graphql_type.fields:  # a payload, or the result of a row of a bulk mutation
            parts = [graphql_type.fields["results"].type] if "results" in graphql_type.fields else []
            types: list[Any] = [*map(get_named_type, parts), *filter(is_node_type, _field_types(graphql_type))]
            return next(map(id_prefix_of, types), None)
    if isinstance(graphql_type, GraphQLInputObjectType) and is_where_input(graphql_type):
        name = to_snake_case(graphql_type.name.removesuffix("Where"))
        return NOUN_ALIASES.get(name, name)
    return None


def _field_types(graphql_type: GraphQLObjectType) -> Iterator[GraphQLNamedType]:
    return (get_named_type(field.type) for field in graphql_type.fields.values())


def is_where_input(graphql_type: GraphQLNamedType) -> bool:
    """Return whether the type is a filter for objects, such as TaskWhere."""
    return isinstance(graphql_type, GraphQLInputObjectType) and {"and", "or", "not"} <= set(graphql_type.fields)


def is_list_filter(graphql_type: GraphQLNamedType) -> bool:
    """Return whether the type is a filter for a list of related objects, such as TaskListFilter."""
    return isinstance(graphql_type, GraphQLInputObjectType) and {"some", "none", "every"} <= set(graphql_type.fields)


def is_one_of(input_type: GraphQLInputObjectType) -> bool:
    """Return whether exactly one field must be given."""
    return bool(input_type.extensions["strawberry-definition"].is_one_of)


def is_names_filter(graphql_type: GraphQLNamedType) -> bool:
    """Return whether the type is a filter for a list of names."""
    return isinstance(graphql_type, GraphQLInputObjectType) and {"includes", "includesAny"} == set(graphql_type.fields)


def is_scalar_filter(graphql_type: GraphQLNamedType) -> bool:
    """Return whether the type is a filter for a value, such as StringFilter."""
    return isinstance(graphql_type, GraphQLInputObjectType) and {"eq", "ne", "isNull"} <= set(graphql_type.fields)


def id_inputs(schema: GraphQLSchema) -> set[str]:
    """Return the arguments and input fields with ids: `Query.task.id`, `CreateTaskInput.projectId`, `TaskWhere.id`."""
    labels = set()
    for graphql_type in schema.type_map.values():
        if isinstance(graphql_type, GraphQLInputObjectType):
            fields = graphql_type.fields.items()
            labels |= {f"{graphql_type.name}.{name}" for name, field in fields if accepts_ids(field.type)}
        elif isinstance(graphql_type, GraphQLObjectType) and not _is_inspected_elsewhere(schema, graphql_type):
            for field_name, field in graphql_type.fields.items():
                label = f"{graphql_type.name}.{field_name}"
                labels |= {f"{label}.{name}" for name, argument in field.args.items() if accepts_ids(argument.type)}
    return labels


def _is_inspected_elsewhere(schema: GraphQLSchema, graphql_type: GraphQLObjectType) -> bool:
    return graphql_type is schema.subscription_type or graphql_type.name.startswith("__")


def accepts_ids(input_type: Any) -> bool:
    """Return whether an argument or input field of this type takes an id, a list of ids or a filter for ids."""
    named_type = get_named_type(input_type)
    if is_scalar_filter(named_type):
        return bool(get_named_type(named_type.fields["eq"].type).name == "ID")
    return bool(named_type.name == "ID")


def without_non_null(graphql_type: Any) -> Any:
    """Return the nullable type."""
    return graphql_type.of_type if isinstance(graphql_type, GraphQLNonNull) else graphql_type


def is_required(argument: Any) -> bool:
    """Return whether an argument or input field is required."""
    return isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined


def selection_set(graphql_type: GraphQLNamedType, depth: int) -> str:
    """Return a selection set of all fields, with relations nested to this depth and without arguments."""
    if is_leaf_type(graphql_type):
        return ""
    if isinstance(graphql_type, GraphQLInterfaceType):
        return "{ __typename id }"
    if isinstance(graphql_type, GraphQLUnionType):
        parts = (f"... on {part.name} {selection_set(part, 0)}" for part in graphql_type.types)
        return f"{{ __typename {' '.join(parts)} }}"
    assert isinstance(graphql_type, GraphQLObjectType), (
        f"tests/tenancy/schema_inspection.py: add how to select from {graphql_type}"
    )
    fields = (f"{name} {selection}" for name, selection in _selected_fields(graphql_type, depth))
    return f"{{ __typename {' '.join(fields)} }}"


def _selected_fields(graphql_type: GraphQLObjectType, depth: int) -> Iterator[tuple[str, str]]:
    for name, field in graphql_type.fields.items():
        field_type = get_named_type(field.type)
        if any(is_required(argument) for argument in field.args.values()):
            raise UnknownSchemaElement(
                f"{graphql_type.name}.{name} has required arguments: "
                "add how to select it to tests/tenancy/schema_inspection.py."
            )
        if name == "aggregate" and depth == 0:
            continue  # it would cost too much
        if graphql_type.name.endswith("Edge"):
            yield name, selection_set(field_type, 0)
        elif is_connection(graphql_type) or not (is_node_type(field_type) or is_connection(field_type)):
            yield name, selection_set(field_type, depth)
        elif depth > 0:
            yield name, selection_set(field_type, depth - 1)


def non_empty_fields(schema: GraphQLSchema, graphql_type: Any, value: Any) -> Iterator[str]:
    """Yield all fields of a response with a value that is neither null nor empty, as `Task.project`."""
    graphql_type = without_non_null(graphql_type)
    if isinstance(graphql_type, GraphQLList):
        for item in value or []:
            yield from non_empty_fields(schema, graphql_type.of_type, item)
    elif isinstance(value, dict) and not is_leaf_type(graphql_type):
        object_type = schema.type_map[value["__typename"]]
        assert isinstance(object_type, GraphQLObjectType)
        for name, part in value.items():
            if name != "__typename" and not _is_empty(part):
                yield f"{object_type.name}.{name}"
                yield from non_empty_fields(schema, object_type.fields[name].type, part)


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, dict) and value.get("nodes") == [])


def type_of_input(input_name: str) -> str:
    """Return the name of the object type that an input or filter is for: `Task` for `CreateTaskInput`."""
    return re.sub("^(Create|Update|Upsert)|(Input|Where|Key|UpsertKey)$", "", input_name)


@cache
def referenced_by(parent: str, name: str) -> str | None:
    """Return the table that a reference in an input or filter refers to; None for other ids."""
    try:
        fields = get_model(to_snake_case(type_of_input(parent))).model_fields
    except KeyError:
        return None
    info = fields.get(to_snake_case(name))
    return referenced_table(info) if info else None
