"""What every part of the GraphQL schema must have. Each function answers what breaks its rule, a line each."""

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
    get_named_type,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from strawberry.utils.str_converters import to_snake_case

from models.relations import model_of
from schema.amounts import PLACED
from schema.derive import COLUMN, Column
from schema.relations import RELATION
from schema.roots import ACCESS
from services.access import Access

LIST_ARGUMENTS = ["first", "after", "last", "before", "where", "orderBy"]
CONNECTION_FIELDS = {"edges", "nodes", "pageInfo", "totalCount"}
USER_ERRORS = "[UserError!]!"


def poorly_described(schema: GraphQLSchema) -> list[str]:
    """What has no description, or one that is no sentence."""
    return [f"{place}: {_flaw(text)}" for place, text in _descriptions(schema) if _flaw(text)]


def _flaw(text: str | None) -> str | None:
    if text is None or not text.strip():
        return "no description"
    if text != text.strip():
        return "blanks around its description"
    return None if text.endswith(".") else f"no full stop after {text!r}"


def _descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for kind in schema.type_map.values():
        if not (is_introspection_type(kind) or is_specified_scalar_type(kind)):
            yield kind.name, kind.description
            yield from _inside(kind)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description
            yield from ((f"@{directive.name}({name})", each.description) for name, each in directive.args.items())


def _inside(kind: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(kind, GraphQLEnumType):
        yield from ((f"{kind.name}.{name}", each.description) for name, each in kind.values.items())
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in kind.fields.items():
            yield f"{kind.name}.{name}", field.description
            for argument, each in getattr(field, "args", {}).items():
                yield f"{kind.name}.{name}({argument})", each.description


def root_fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    """All root fields, by where they are."""
    for kind in (schema.query_type, schema.mutation_type, schema.subscription_type):
        for name, field in kind.fields.items() if kind else ():
            yield f"{kind}.{name}", field


def open_to_anybody(schema: GraphQLSchema) -> list[str]:
    """Root fields that do not say who may use them."""
    unsaid = [place for place, field in root_fields(schema) if not isinstance(field.extensions.get(ACCESS), Access)]
    return [f"{place}: no access level" for place in unsaid]


def required_answers(schema: GraphQLSchema) -> list[str]:
    """Root query fields that cannot be null: one that fails would take all the others with it."""
    fields = schema.query_type.fields if schema.query_type else {}
    return [f"Query.{name}: not nullable" for name, each in fields.items() if isinstance(each.type, GraphQLNonNull)]


def odd_payloads(schema: GraphQLSchema) -> list[str]:
    """Mutations whose payload is not an object of its own with nullable parts and user errors."""
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    return [f"Mutation.{name}: {flaw}" for name, each in fields.items() for flaw in _payload_flaws(name, each.type)]


def _payload_flaws(name: str, kind: Any) -> Iterator[str]:
    payload = get_named_type(kind)
    if not isinstance(payload, GraphQLObjectType) or isinstance(kind, GraphQLList):
        yield f"answers {kind}, which is no payload"
        return
    if payload.name != f"{name[0].upper()}{name[1:]}Payload":
        yield f"its payload is called {payload.name}"
    parts = {part: str(each.type) for part, each in payload.fields.items()}
    if parts.pop("userErrors", None) != USER_ERRORS:
        yield f"no userErrors: {USER_ERRORS}"
    if not parts:
        yield "answers nothing but errors"
    yield from (f"{part} is not nullable" for part, written in parts.items() if written.endswith("!"))


def bare_lists(schema: GraphQLSchema) -> list[str]:
    """Lists of objects that are no connections, connections that lack something, and lists without the arguments."""
    return [
        f"{kind.name}.{name}: {flaw}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not is_introspection_type(kind)
        for name, field in kind.fields.items()
        for flaw in _list_flaws(kind, name, field)
    ]


def _list_flaws(kind: Any, name: str, field: GraphQLField) -> Iterator[str]:
    named: Any = get_named_type(field.type)
    within = kind.name.endswith(("Connection", "Payload"))  # a payload holds no more than was sent
    if _is_list(field.type) and is_noun(named) and not (within or f"{kind.name}.{name}" == "Query.nodes"):
        yield f"{field.type} is no connection"
    if named.name.endswith("Connection"):
        if lacking := CONNECTION_FIELDS - set(named.fields):
            yield f"{named.name} lacks {', '.join(sorted(lacking))}"
        if list(field.args)[: len(LIST_ARGUMENTS)] != LIST_ARGUMENTS:
            yield f"takes {list(field.args)}, not {LIST_ARGUMENTS}"


def _is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def is_noun(kind: Any) -> bool:
    """Whether it is something with an id of its own."""
    return kind.name == "Node" or any(each.name == "Node" for each in getattr(kind, "interfaces", ()))


def unpublished(schema: GraphQLSchema) -> list[str]:
    """Columns and relations of nouns that an executor could not know for what they are."""
    nouns = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType) and is_noun(kind)]
    return [
        f"{kind.name}.{name}: {flaw}"
        for kind in nouns
        for name, field in kind.fields.items()
        for flaw in _hidden(kind.name, to_snake_case(name), field)
    ]


def _hidden(type_name: str, name: str, field: GraphQLField) -> Iterator[str]:
    model = model_of(to_snake_case(type_name))
    named, said = get_named_type(field.type), field.extensions
    leads_on = is_noun(named) or named.name.endswith("Connection")
    if PLACED in said:
        yield from () if said[PLACED] == name else (f"says that it is the amount {said[PLACED]}",)
    elif name in model.model_fields and said.get(COLUMN) != _column(model, name):
        yield f"its extensions do not say that it is the column {name}"
    if leads_on and (RELATION not in said or said[RELATION] != model.relations.get(name)):
        yield f"its extensions do not say that it is the relation {name}"
    if COLUMN in said and name not in model.model_fields:
        yield "says that it is a column, which it is not"


def _column(model: Any, name: str) -> Column:
    return Column(name, model.__tablename__ if name == "id" else None)
