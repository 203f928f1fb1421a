"""The contract as the walk sees it: nothing but the schema's own types."""

from collections.abc import Iterator
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
    Undefined,
    get_named_type,
    is_leaf_type,
)
from strawberry.utils.str_converters import to_snake_case

from schema.derive import COLUMN
from schema.roots import ACCESS
from schema.schema import make_schema
from services.access import Access

CALLED = {"colleague": "user"}
"""Nouns by the other names that filters call them."""


class Unknown(Exception):
    """The walk does not know what to send, or how to get there. The message says what to add, and where."""


def the_schema() -> GraphQLSchema:
    """The server's schema."""
    return make_schema()._schema


def roots(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Every root field: the type it is on, its name, and itself."""
    if schema.subscription_type is not None:
        raise Unknown("There are subscriptions now: say in tests/tenancy/contract.py how to walk them.")
    for kind in (schema.query_type, schema.mutation_type):
        assert kind is not None
        for name, field in kind.fields.items():
            yield kind.name, name, field


def for_superusers() -> frozenset[str]:
    """The root fields, as `Query.users`, that nobody may use who walks: they reach all tenants, and say so."""
    found = roots(the_schema())
    return frozenset(f"{kind}.{name}" for kind, name, each in found if each.extensions[ACCESS] is Access.SUPERUSER)


def noun_types(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    """The types of objects with an id, by the prefix of their ids."""
    found = [kind for kind in schema.type_map.values() if is_noun(kind) and isinstance(kind, GraphQLObjectType)]
    return {kind.fields["id"].extensions[COLUMN].prefix: kind for kind in found}


def is_noun(kind: GraphQLNamedType) -> bool:
    """Whether it is something with an id of its own."""
    if isinstance(kind, GraphQLInterfaceType):
        return kind.name == "Node"
    return isinstance(kind, GraphQLObjectType) and any(each.name == "Node" for each in kind.interfaces)


def is_connection(kind: GraphQLNamedType) -> bool:
    """Whether it is a page of a list."""
    return isinstance(kind, GraphQLObjectType) and {"edges", "nodes", "pageInfo"} <= set(kind.fields)


def noun_of(kind: GraphQLNamedType) -> str | None:
    """What a field of this type is about, as the prefix of its ids; "*" if about anything with an id."""
    if is_connection(kind):
        assert isinstance(kind, GraphQLObjectType)
        return noun_of(get_named_type(kind.fields["nodes"].type))
    if isinstance(kind, GraphQLInterfaceType) and is_noun(kind):
        return "*"
    if isinstance(kind, GraphQLObjectType):
        if is_noun(kind):
            return str(kind.fields["id"].extensions[COLUMN].prefix)
        if kind.name.endswith("Payload"):
            return next((noun_of(each) for each in _kinds(kind) if is_noun(each)), None)
    if isinstance(kind, GraphQLInputObjectType) and is_where(kind):
        name = to_snake_case(kind.name.removesuffix("Where"))
        return CALLED.get(name, name)
    return None


def _kinds(kind: GraphQLObjectType) -> Iterator[GraphQLNamedType]:
    return (get_named_type(field.type) for field in kind.fields.values())


def is_where(kind: GraphQLNamedType) -> bool:
    """Whether it is a filter of a noun."""
    return isinstance(kind, GraphQLInputObjectType) and {"and", "or", "not"} <= set(kind.fields)


def is_list_filter(kind: GraphQLNamedType) -> bool:
    """Whether it is a filter of a list as a whole."""
    return isinstance(kind, GraphQLInputObjectType) and {"some", "none", "every"} == set(kind.fields)


def is_value_filter(kind: GraphQLNamedType) -> bool:
    """Whether it is a filter of one value."""
    return isinstance(kind, GraphQLInputObjectType) and {"eq", "ne", "isNull"} <= set(kind.fields)


def id_inputs(schema: GraphQLSchema) -> set[str]:
    """Wherever a client may send an id: `Query.task.id`, `CreateTaskInput.projectId`, `TaskWhere.projectId`."""
    found = set()
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            found |= {f"{kind.name}.{name}" for name, each in kind.fields.items() if takes_ids(each.type)}
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field_name, field in kind.fields.items():
                found |= {
                    f"{kind.name}.{field_name}.{name}" for name, each in field.args.items() if takes_ids(each.type)
                }
    return found


def takes_ids(kind: Any) -> bool:
    """Whether an argument or input field of this type takes ids, bare, in a list or in a filter."""
    named = get_named_type(kind)
    if is_value_filter(named):
        return bool(get_named_type(named.fields["eq"].type).name == "ID")
    return bool(named.name == "ID")


def inner(kind: Any) -> Any:
    """The type without NonNull."""
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def is_required(argument: Any) -> bool:
    """Whether an argument or input field must be given."""
    return isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined


def selection(kind: GraphQLNamedType, hops: int) -> str:
    """Everything that can be selected without arguments, following so many relations one after the other."""
    if is_leaf_type(kind):
        return ""
    if isinstance(kind, GraphQLInterfaceType):
        return "{ __typename id }"
    assert isinstance(kind, GraphQLObjectType), f"tests/tenancy/contract.py: how is something of {kind} selected?"
    parts = (f"{name} {selected}" for name, selected in _parts(kind, hops))
    return f"{{ __typename {' '.join(parts)} }}"


def _parts(kind: GraphQLObjectType, hops: int) -> Iterator[tuple[str, str]]:
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        if any(is_required(each) for each in field.args.values()):
            raise Unknown(f"{kind.name}.{name} wants arguments: say in tests/tenancy/contract.py how to select it.")
        if kind.name.endswith("Edge"):
            yield name, selection(named, 0)
        elif is_connection(kind) or not (is_noun(named) or is_connection(named)):
            yield name, selection(named, hops)
        elif hops > 0:
            yield name, selection(named, hops - 1)


def fields_in(schema: GraphQLSchema, kind: Any, value: Any) -> Iterator[str]:
    """`Task.project` and so on, for every field in an answer that holds something."""
    kind = inner(kind)
    if isinstance(kind, GraphQLList):
        for each in value or []:
            yield from fields_in(schema, kind.of_type, each)
    elif isinstance(value, dict) and not is_leaf_type(kind):
        known = schema.type_map[value["__typename"]]
        assert isinstance(known, GraphQLObjectType)
        for name, part in value.items():
            if name != "__typename" and not _is_empty(part):
                yield f"{known.name}.{name}"
                yield from fields_in(schema, known.fields[name].type, part)


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, dict) and value.get("nodes") == [])
