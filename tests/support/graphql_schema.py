"""The server's GraphQL schema, and what its conventions say about names. For tests that do not change the schema."""

from functools import cache
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from server.app import load_graphql_schema


def graphql_schema() -> GraphQLSchema:
    """Return the server's schema, which the applications of all tests share."""
    return load_graphql_schema()


def named_type(name: str) -> Any:
    """Return the type with this name."""
    return graphql_schema().type_map[name]


def is_connection(graphql_type: Any) -> bool:
    """Return whether a type is a connection."""
    return isinstance(graphql_type, GraphQLObjectType) and {"nodes", "pageInfo"} <= graphql_type.fields.keys()


def has_mutation(name: str) -> bool:
    """Return whether the schema has a mutation with this name."""
    mutations = graphql_schema().mutation_type
    return mutations is not None and name in mutations.fields


def field_name(type_name: str) -> str:
    """Return the name of the root field for one object, and of the object in payloads: `orderItem` for `OrderItem`."""
    return type_name[0].lower() + type_name[1:]


@cache
def list_field_name(type_name: str) -> str:
    """Return the name of the root field for all objects of a type: `orderItems` for `OrderItem`."""
    queries = graphql_schema().query_type
    assert queries is not None
    return next(
        str(name)
        for name, field in queries.fields.items()
        if get_named_type(field.type).name == f"{type_name}Connection"
    )


def plural_name(type_name: str) -> str:
    """Return the name of several objects in mutations: `OrderItems` for `OrderItem`."""
    name = list_field_name(type_name)
    return name[0].upper() + name[1:]
