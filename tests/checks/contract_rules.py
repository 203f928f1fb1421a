"""Rules for the GraphQL schema. Each function returns a line for each violation."""

import re
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    NullValueNode,
    Undefined,
    get_named_type,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from strawberry.utils.str_converters import to_snake_case

from executor import EXECUTOR_EXTENSION, ComputedField
from models.audit_entry import HISTORY
from models.relations import get_model
from schema.currency_amount import CURRENCY_AMOUNT
from schema.derive import COLUMN, ColumnField
from schema.relations import RELATION
from schema.requirements import ACCESS
from services.core.access import Access

LIST_ARGUMENTS = ["first", "after", "last", "before", "offset", "where", "orderBy"]
SEARCH_ARGUMENTS = ("query", "types")
"""Arguments of a search before those of a list. One of several types has neither a filter nor an order."""
CONNECTION_FIELDS = {"edges", "nodes", "pageInfo", "totalCount"}
USER_ERRORS = "[UserError!]!"
REMOVAL_DATE = re.compile(r"\b20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b")


def missing_descriptions(schema: GraphQLSchema) -> list[str]:
    """Return the elements without a description, or with a description that is not a sentence."""
    return [
        f"{path}: {_description_problem(text)}" for path, text in _descriptions(schema) if _description_problem(text)
    ]


def _description_problem(text: str | None) -> str | None:
    if text is None or not text.strip():
        return "no description"
    if text != text.strip():
        return "whitespace around its description"
    if not text[0].isupper():
        return f"no capital letter at the start of {text!r}"
    return None if text.endswith(".") else f"no full stop after {text!r}"


def null_defaults(schema: GraphQLSchema) -> list[str]:
    """Return the arguments and input fields with the default value null: without a default, they can be omitted too."""
    return [f"{path}: default value null" for path, element in _elements(schema) if _has_null_default(element)]


def _has_null_default(element: Any) -> bool:
    default = getattr(element, "default", None)  # of a schema that was parsed
    if default is not None:
        return default.value is None or isinstance(default.literal, NullValueNode)
    return getattr(element, "default_value", Undefined) is None


def undated_deprecations(schema: GraphQLSchema) -> list[str]:
    """Return the deprecated elements whose reason does not contain the date of removal."""
    reasons = [(path, getattr(element, "deprecation_reason", None)) for path, element in _elements(schema)]
    return [
        f"{path}: deprecated without a date of removal (YYYY-MM-DD): {reason!r}"
        for path, reason in reasons
        if reason is not None and not REMOVAL_DATE.search(reason)
    ]


def _descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    return ((path, element.description) for path, element in _elements(schema))


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Yield all types, directives and their members by their path, without those of the specification."""
    for graphql_type in schema.type_map.values():
        if not (is_introspection_type(graphql_type) or is_specified_scalar_type(graphql_type)):
            yield graphql_type.name, graphql_type
            yield from _members(graphql_type)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive
            yield from ((f"@{directive.name}({name})", element) for name, element in directive.args.items())


def _members(graphql_type: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(graphql_type, GraphQLEnumType):
        yield from ((f"{graphql_type.name}.{name}", element) for name, element in graphql_type.values.items())
    elif isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in graphql_type.fields.items():
            yield f"{graphql_type.name}.{name}", field
            for argument, element in getattr(field, "args", {}).items():
                yield f"{graphql_type.name}.{name}({argument})", element


def root_fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    """Yield all root fields by their path."""
    for graphql_type in (schema.query_type, schema.mutation_type, schema.subscription_type):
        for name, field in graphql_type.fields.items() if graphql_type else ():
            yield f"{graphql_type}.{name}", field


def missing_access_levels(schema: GraphQLSchema) -> list[str]:
    """Return the root fields without an access level."""
    missing = [path for path, field in root_fields(schema) if not isinstance(field.extensions.get(ACCESS), Access)]
    return [f"{path}: no access level" for path in missing]


def non_null_query_fields(schema: GraphQLSchema) -> list[str]:
    """Return the non-null fields of Query: an error in one would null all others."""
    fields = schema.query_type.fields if schema.query_type else {}
    return [
        f"Query.{name}: not nullable" for name, element in fields.items() if isinstance(element.type, GraphQLNonNull)
    ]


def malformed_payloads(schema: GraphQLSchema) -> list[str]:
    """Return the mutations whose payload is not an object type of its own with nullable fields and user errors."""
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    return [
        f"Mutation.{name}: {problem}"
        for name, element in fields.items()
        for problem in _payload_problems(name, element.type)
    ]


def _payload_problems(name: str, graphql_type: Any) -> Iterator[str]:
    payload = get_named_type(graphql_type)
    if not isinstance(payload, GraphQLObjectType) or isinstance(graphql_type, GraphQLList):
        yield f"returns {graphql_type}, which is not a payload"
        return
    if payload.name != f"{name[0].upper()}{name[1:]}Payload":
        yield f"its payload is named {payload.name}"
    field_types = {field: str(element.type) for field, element in payload.fields.items()}
    if field_types.pop("userErrors", None) != USER_ERRORS:
        yield f"no userErrors: {USER_ERRORS}"
    if not field_types:
        yield "has no fields besides userErrors"
    yield from (f"{field} is not nullable" for field, type_text in field_types.items() if type_text.endswith("!"))


def malformed_lists(schema: GraphQLSchema) -> list[str]:
    """Return lists of objects that are not connections, and connections without required fields or arguments."""
    return [
        f"{graphql_type.name}.{name}: {problem}"
        for graphql_type in schema.type_map.values()
        if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType)
        and not is_introspection_type(graphql_type)
        for name, field in graphql_type.fields.items()
        for problem in _list_problems(graphql_type, name, field)
    ]


def _list_problems(graphql_type: Any, name: str, field: GraphQLField) -> Iterator[str]:
    named_type: Any = get_named_type(field.type)
    is_bounded = graphql_type.name.endswith(("Connection", "Payload"))  # by the input
    if (
        _is_list(field.type)
        and is_noun(named_type)
        and not (is_bounded or f"{graphql_type.name}.{name}" == "Query.nodes")
    ):
        yield f"{field.type} is not a connection"
    if named_type.name.endswith("Connection"):
        if missing := CONNECTION_FIELDS - set(named_type.fields):
            yield f"{named_type.name} lacks {', '.join(sorted(missing))}"
        expected = LIST_ARGUMENTS[:4] if isinstance(_node_type(named_type), GraphQLUnionType) else LIST_ARGUMENTS
        arguments = [name for name in field.args if name not in SEARCH_ARGUMENTS]
        if arguments[: len(expected)] != expected:
            yield f"takes {list(field.args)}, not {expected}"


def _node_type(connection: Any) -> Any:
    """Return the type of the objects of a connection."""
    nodes = connection.fields.get("nodes")
    return get_named_type(nodes.type) if nodes else None


def _is_list(graphql_type: Any) -> bool:
    return isinstance(graphql_type.of_type if isinstance(graphql_type, GraphQLNonNull) else graphql_type, GraphQLList)


def is_noun(graphql_type: Any) -> bool:
    """Return whether the type implements Node."""
    return graphql_type.name == "Node" or any(
        interface.name == "Node" for interface in getattr(graphql_type, "interfaces", ())
    )


def missing_field_metadata(schema: GraphQLSchema) -> list[str]:
    """Return fields of nouns whose metadata does not declare their column or relation."""
    nouns = [
        graphql_type
        for graphql_type in schema.type_map.values()
        if isinstance(graphql_type, GraphQLObjectType) and is_noun(graphql_type)
    ]
    return [
        f"{graphql_type.name}.{name}: {problem}"
        for graphql_type in nouns
        for name, field in graphql_type.fields.items()
        for problem in _metadata_problems(graphql_type.name, to_snake_case(name), field)
    ]


def _metadata_problems(type_name: str, name: str, field: GraphQLField) -> Iterator[str]:
    model = get_model(to_snake_case(type_name))
    named_type, extensions = get_named_type(field.type), field.extensions
    is_relation = is_noun(named_type) or named_type.name.endswith("Connection")
    if CURRENCY_AMOUNT in extensions:
        yield from (
            () if extensions[CURRENCY_AMOUNT] == name else (f"declares the amount {extensions[CURRENCY_AMOUNT]}",)
        )
    elif _is_computed_from(name, extensions.get(EXECUTOR_EXTENSION)):
        return
    elif name in model.model_fields and extensions.get(COLUMN) != _column(model, name):
        yield f"its extensions do not declare the column {name}"
    if is_relation and (RELATION not in extensions or extensions[RELATION] != _relation(model, name)):
        yield f"its extensions do not declare the relation {name}"
    if COLUMN in extensions and name not in model.model_fields:
        yield "declares a column that does not exist"


def _relation(model: Any, name: str) -> Any:
    return HISTORY if name == "history" else model.relations.get(name)


def _is_computed_from(column: str, metadata: Any) -> bool:
    return isinstance(metadata, ComputedField) and column in (metadata.parent_attributes or ())


def _column(model: Any, name: str) -> ColumnField:
    return ColumnField(name, model.__tablename__ if name == "id" else None)
