"""Selections of generated examples."""

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from website.reference.tables import is_required

MAX_LEAVES = 4
MAX_DEPTH = 3


def select(graphql_type: GraphQLNamedType, schema: GraphQLSchema, depth: int = 1) -> str:
    """Return the selection of an object in braces; an empty text for a leaf."""
    if is_leaf_type(graphql_type):
        return ""
    lines = _lines(graphql_type, schema, depth)
    margin = "  " * (depth + 1)
    return " {\n" + "\n".join(margin + line for line in lines) + "\n" + "  " * depth + "}"


def _lines(graphql_type: GraphQLNamedType, schema: GraphQLSchema, depth: int) -> list[str]:
    if not isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
        return ["__typename"]
    fields = {name: field for name, field in graphql_type.fields.items() if _is_simple(field)}
    if "nodes" in fields and "pageInfo" in fields:
        nodes = select(get_named_type(fields["nodes"].type), schema, depth + 1)
        return [f"nodes{nodes}", "pageInfo { hasNextPage endCursor }"]
    leaves = [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type))]
    objects = [name for name in fields if name not in leaves and name != "userErrors"]
    lines = leaves[:MAX_LEAVES]
    if depth < MAX_DEPTH and (graphql_type.name.endswith("Payload") or not leaves):
        lines += [f"{name}{select(get_named_type(fields[name].type), schema, depth + 1)}" for name in objects]
    lines += ["userErrors { code field message }"] * ("userErrors" in fields)
    return (["__typename"] if isinstance(graphql_type, GraphQLInterfaceType) else []) + (lines or ["__typename"])


def _is_simple(field: GraphQLField) -> bool:
    return field.deprecation_reason is None and not any(is_required(argument) for argument in field.args.values())
