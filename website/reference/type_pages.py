"""Pages of types: which type is on which page, and what it shows."""

from collections.abc import Iterable

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from website.reference.tables import describe_element, describe_fields, describe_inputs, describe_type, to_cell

TYPE_PAGES = {
    "objects": "Objects",
    "payloads": "Payloads and pages",
    "inputs": "Inputs",
    "filters": "Filters and orders",
    "enums": "Enums, scalars and directives",
}
_DERIVED_OBJECTS = ("Payload", "Connection", "Edge", "Aggregate", "AggregateGroup", "GroupKey", "Result")
_CONDITIONS = ("Where", "Filter", "Order", "Having", "OrderField", "AggregateField")


def describe_types(schema: GraphQLSchema, page: str) -> str:
    """Return the text of a page: all types that belong to it, by name."""
    types = [graphql_type for graphql_type in own_types(schema) if page_of(graphql_type) == page]
    parts = [f"# {TYPE_PAGES[page]}", *(_describe(graphql_type, schema) for graphql_type in types)]
    if page == "enums":
        parts += [_describe_directives(schema)]
    return "\n\n".join(parts) + "\n"


def own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    """Return the types of the schema by name, without the root types and those of the specification."""
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    types = (type_ for type_ in schema.type_map.values() if type_ not in roots and not is_introspection_type(type_))
    return sorted((type_ for type_ in types if not is_specified_scalar_type(type_)), key=lambda type_: type_.name)


def page_of(graphql_type: GraphQLNamedType) -> str:
    """Return the name of the page that describes a type."""
    name = graphql_type.name
    if isinstance(graphql_type, GraphQLObjectType):
        return "payloads" if name.endswith(_DERIVED_OBJECTS) else "objects"
    if isinstance(graphql_type, GraphQLInterfaceType | GraphQLUnionType):
        return "objects"
    if name.endswith(_CONDITIONS):
        return "filters"
    return "inputs" if isinstance(graphql_type, GraphQLInputObjectType) else "enums"


def _describe(graphql_type: GraphQLNamedType, schema: GraphQLSchema) -> str:
    heading = f"## {graphql_type.name}\n\n{describe_element(graphql_type)}"
    if isinstance(graphql_type, GraphQLEnumType):
        rows = [f"| `{name}` | {to_cell(describe_element(value))} |" for name, value in graphql_type.values.items()]
        return "\n".join([heading, "", "| value | meaning |", "|---|---|", *rows])
    if isinstance(graphql_type, GraphQLInputObjectType):
        note = "\n\nExactly one of the fields must be given." if graphql_type.is_one_of else ""
        return f"{heading}{note}\n\n{describe_inputs(graphql_type.fields)}"
    if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
        note = _describe_implementations(graphql_type, schema)
        return f"{heading}{note}\n\n{describe_fields(graphql_type.fields)}"
    if isinstance(graphql_type, GraphQLUnionType):
        return f"{heading}\n\nOne of {_list(graphql_type.types)}."
    return heading


def _describe_implementations(graphql_type: GraphQLObjectType | GraphQLInterfaceType, schema: GraphQLSchema) -> str:
    if isinstance(graphql_type, GraphQLInterfaceType):
        objects = schema.get_possible_types(graphql_type)
        return f"\n\nAn interface. Implemented by {_list(objects)}."
    return f"\n\nImplements {_list(graphql_type.interfaces)}." if graphql_type.interfaces else ""


def _list(types: Iterable[GraphQLNamedType]) -> str:
    return ", ".join(describe_type(graphql_type) for graphql_type in types)


def _describe_directives(schema: GraphQLSchema) -> str:
    parts = ["## Directives"]
    for directive in schema.directives:
        if not is_specified_directive(directive):
            places = ", ".join(f"`{location.name}`" for location in directive.locations)
            inputs = f"\n\n{describe_inputs(directive.args)}" if directive.args else ""
            parts.append(f"### @{directive.name}\n\n{describe_element(directive)} Allowed on {places}.{inputs}")
    return "\n\n".join(parts)
