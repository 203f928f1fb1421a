"""Every query there is: each root field and each relation, with everything worth sending for each argument."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type

from tests.tenancy.contract import (
    Unknown,
    for_superusers,
    is_connection,
    is_noun,
    is_required,
    noun_of,
    noun_types,
    selection,
    takes_ids,
)
from tests.tenancy.values import Values, Variant

FOR_SUPERUSERS = for_superusers()
HOPS = 2
"""How many relations one query follows when nothing is asked of it but to show all it can."""
FEW = 4
"""What is sent for each argument of a relation, or that takes neither filters nor ids. Lists of whole tables get every
filter, and read it the same way; so do the relations to what has no such list."""


@dataclass(frozen=True)
class Operation:
    """A root field to ask for, the variables in it, and the inputs that it exercises."""

    about: str
    field: str
    declared: dict[str, str]
    variables: dict[str, Any]
    inputs: frozenset[str] = frozenset()

    def numbered(self, number: int) -> "Operation":
        """The same with its variables numbered, and under an alias, so that several go into one document."""
        field = f"q{number}: " + re.sub(r"\$(\w+)", rf"$\g<1>{number}", self.field)
        declared = {f"{name}{number}": kind for name, kind in self.declared.items()}
        variables = {f"{name}{number}": value for name, value in self.variables.items()}
        return Operation(self.about, field, declared, variables, self.inputs)


def document_of(operations: Sequence[Operation]) -> tuple[str, dict[str, Any]]:
    """One document for these operations, and its variables."""
    numbered = [each.numbered(number) for number, each in enumerate(operations)] if len(operations) > 1 else operations
    declared = ", ".join(f"${name}: {kind}" for each in numbered for name, kind in each.declared.items())
    variables = {name: value for each in numbered for name, value in each.variables.items()}
    fields = " ".join(each.field for each in numbered)
    return f"query{f'({declared})' if declared else ''} {{ {fields} }}", variables


def plain_queries(schema: GraphQLSchema, values: Values) -> Iterator[Operation]:
    """Each root field, showing all it can, and each type of object by its id."""
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        for variant in _sent(values, f"Query.{name}", field, only_required=True):
            shown = selection(get_named_type(field.type), HOPS)
            yield _query(f"Query.{name}", name, field, variant, shown)
    for prefix, kind in noun_types(schema).items():
        for ids in (values.own, values.foreign):
            node = f"node(id: $id) {{ __typename ... on {kind.name} {selection(kind, 1)} }}"
            yield Operation(f"node of {kind.name}", node, {"id": "ID!"}, {"id": ids[prefix]})


def asking_queries(schema: GraphQLSchema, values: Values) -> Iterator[Operation]:
    """Each argument of each root field and of each relation, with all that is worth sending for it."""
    assert schema.query_type is not None
    listed = {noun_of(get_named_type(each.type)) for each in schema.query_type.fields.values() if len(each.args) > 1}
    for name, field in schema.query_type.fields.items():
        most = FEW if f"Query.{name}" in FOR_SUPERUSERS else None
        for variant in _sent(values, f"Query.{name}", field, most=most):
            yield _query(f"Query.{name}", name, field, variant, _shown(field))
    for prefix, kind in noun_types(schema).items():
        for name, field in kind.fields.items():
            most = FEW if noun_of(get_named_type(field.type)) in listed else None
            for variant in _sent(values, f"{kind.name}.{name}", field, most=most) if field.args else ():
                yield _by_id(kind, values.own[prefix], name, field, variant)


def reachable(schema: GraphQLSchema) -> set[str]:
    """Every field that a query of whoever walks can lead to, as `Task.project`."""
    assert schema.query_type is not None
    found: set[str] = set()
    todo: list[Any] = [schema.query_type]
    while todo:
        kind = todo.pop()
        kinds = schema.get_possible_types(kind) if kind in noun_interfaces(schema) else [kind]
        for each in (each for each in kinds if isinstance(each, GraphQLObjectType)):
            labelled = {f"{each.name}.{name}": field for name, field in each.fields.items()}
            fields = {label: field for label, field in labelled.items() if label not in FOR_SUPERUSERS}
            todo += [get_named_type(field.type) for label, field in fields.items() if label not in found]
            found |= fields.keys()
    return found


def noun_interfaces(schema: GraphQLSchema) -> list[Any]:
    """What stands for several types."""
    return [kind for kind in schema.type_map.values() if is_noun(kind) and not isinstance(kind, GraphQLObjectType)]


def check_relations(schema: GraphQLSchema) -> None:
    """Unknown when there is a list with arguments where the walk does not come: on what has no id."""
    assert schema.query_type is not None
    known = {schema.query_type, schema.mutation_type, *noun_types(schema).values()}
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and kind not in known and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                if field.args:
                    raise Unknown(
                        f"{kind.name}.{name} takes arguments: say in tests/tenancy/reading.py how to get there."
                    )


def _sent(
    values: Values,
    place: str,
    field: GraphQLField,
    *,
    only_required: bool = False,
    most: int | None = None,
) -> Iterator[Variant]:
    """Arguments: one after the other is varied, beside what must be given."""
    about = noun_of(get_named_type(field.type))
    must = {name: each for name, each in field.args.items() if is_required(each)}
    varied, hops = must if only_required else field.args, 0 if most else 1
    least = {name: next(values.variants(place, name, each.type, about, 0)).value for name, each in must.items()}
    if not must:
        yield Variant({})
    for name, each in varied.items():
        few = most if name == "where" or takes_ids(each.type) else FEW
        for variant in islice(values.variants(place, name, each.type, about, hops), few):
            yield Variant(least | {name: variant.value}, variant.inputs)


def _query(about: str, name: str, field: GraphQLField, variant: Variant, shown: str) -> Operation:
    return Operation(
        about, f"{name}{_given(variant)} {shown}", _declared(field, variant), variant.value, variant.inputs
    )


def _by_id(kind: GraphQLObjectType, id: str, name: str, field: GraphQLField, variant: Variant) -> Operation:
    shown = f"{{ __typename id {name}{_given(variant)} {_shown(field)} }}"
    about, node = f"{kind.name}.{name}", f"node(id: $node) {{ __typename ... on {kind.name} {shown} }}"
    declared = {"node": "ID!"} | _declared(field, variant)
    return Operation(about, node, declared, {"node": id} | variant.value, variant.inputs)


def _declared(field: GraphQLField, variant: Variant) -> dict[str, str]:
    return {name: str(field.args[name].type) for name in variant.value}


def _given(variant: Variant) -> str:
    given = ", ".join(f"{name}: ${name}" for name in variant.value)
    return f"({given})" if given else ""


def _shown(field: GraphQLField) -> str:
    kind = get_named_type(field.type)
    if is_connection(kind):
        return "{ __typename totalCount nodes { __typename id } edges { cursor } pageInfo { hasNextPage } }"
    return selection(kind, 0)
