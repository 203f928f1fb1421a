"""Generated operations for every query: each root field and each relation, with variants of each argument."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type, is_leaf_type
from strawberry.utils.str_converters import to_snake_case

from tests.tenancy.argument_values import ArgumentValues
from tests.tenancy.schema_inspection import (
    UnknownSchemaElement,
    accepts_ids,
    id_prefix_of,
    is_connection,
    is_node_type,
    is_required,
    node_types,
    selection_set,
    superuser_fields,
)
from tests.tenancy.variant import Variant

SUPERUSER_FIELDS = superuser_fields()
MAX_RELATION_DEPTH = 2
"""The depth of relations in queries that select all fields."""
FEW_VARIANTS = 4
"""The number of variants of an argument that takes neither filters nor ids, and of every argument of a relation whose
type has a root list. Root lists get all variants, and relations use the same code."""


@dataclass(frozen=True)
class Operation:
    """A root field selection, its variables, and the labels of the inputs that it uses."""

    label: str
    field: str
    variable_types: dict[str, str]
    variables: dict[str, Any]
    inputs: frozenset[str] = frozenset()

    def with_alias(self, number: int) -> "Operation":
        """Return the operation with an alias and numbered variables, so that a document can contain several."""
        field = f"q{number}: " + re.sub(r"\$(\w+)", rf"$\g<1>{number}", self.field)
        variable_types = {f"{name}{number}": variable_type for name, variable_type in self.variable_types.items()}
        variables = {f"{name}{number}": value for name, value in self.variables.items()}
        return Operation(self.label, field, variable_types, variables, self.inputs)


def build_document(operations: Sequence[Operation]) -> tuple[str, dict[str, Any]]:
    """Return a document with these operations, and its variables."""
    if len(operations) > 1:
        operations = [operation.with_alias(number) for number, operation in enumerate(operations)]
    types = [item for operation in operations for item in operation.variable_types.items()]
    variable_types = ", ".join(f"${name}: {variable_type}" for name, variable_type in types)
    variables = {name: value for operation in operations for name, value in operation.variables.items()}
    fields = " ".join(operation.field for operation in operations)
    return f"query{f'({variable_types})' if variable_types else ''} {{ {fields} }}", variables


def full_selection_queries(schema: GraphQLSchema, values: ArgumentValues) -> Iterator[Operation]:
    """Select all fields of each root field, and of each node type by an own and a foreign id."""
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        for variant in _argument_variants(values, f"Query.{name}", field, only_required=True):
            selection = selection_set(get_named_type(field.type), MAX_RELATION_DEPTH)
            yield _root_operation(f"Query.{name}", name, field, variant, selection)
            if "includeDeleted" in field.args:
                deleted = Variant(variant.value | {"includeDeleted": True}, variant.labels)
                yield _root_operation(f"Query.{name}", name, field, deleted, selection)
    for prefix, node_type in node_types(schema).items():
        for ids in (values.own_ids, values.foreign_ids):
            node = f"node(id: $id) {{ __typename ... on {node_type.name} {selection_set(node_type, 1)} }}"
            yield Operation(f"node of {node_type.name}", node, {"id": "ID!"}, {"id": ids[prefix]})
    yield from aggregate_queries(schema, values)


def argument_queries(schema: GraphQLSchema, values: ArgumentValues) -> Iterator[Operation]:
    """Query each root field and each relation with variants of each argument."""
    assert schema.query_type is not None
    root_lists = [field for field in schema.query_type.fields.values() if len(field.args) > 1]
    listed_prefixes = {id_prefix_of(get_named_type(field.type)) for field in root_lists}
    for name, field in schema.query_type.fields.items():
        limit = FEW_VARIANTS if f"Query.{name}" in SUPERUSER_FIELDS else None
        for variant in _argument_variants(values, f"Query.{name}", field, limit=limit):
            yield _root_operation(f"Query.{name}", name, field, variant, _selection_set(field))
    for prefix, node_type in node_types(schema).items():
        for name, field in node_type.fields.items():
            limit = FEW_VARIANTS if id_prefix_of(get_named_type(field.type)) in listed_prefixes else None
            label = f"{node_type.name}.{name}"
            for variant in _argument_variants(values, label, field, limit=limit) if field.args else ():
                yield _node_operation(node_type, values.own_ids[prefix], name, field, variant)


def aggregate_queries(schema: GraphQLSchema, values: ArgumentValues) -> Iterator[Operation]:
    """Aggregate the rows of one list of each type, grouped by each field: root lists if there are any."""
    assert schema.query_type is not None
    aggregated = set[str]()
    for name, field in schema.query_type.fields.items():
        for selection in _aggregate_selections(field, aggregated):
            for arguments in ({}, {"includeDeleted": True}) if "includeDeleted" in field.args else ({},):
                yield _root_operation(f"Query.{name}", name, field, Variant(arguments), selection)
    for prefix, node_type in node_types(schema).items():
        for name, field in node_type.fields.items():
            for selection in _aggregate_selections(field, aggregated):
                node = f"node(id: $node) {{ __typename ... on {node_type.name} {{ __typename {name} {selection} }} }}"
                yield Operation(f"{node_type.name}.{name}", node, {"node": "ID!"}, {"node": values.own_ids[prefix]})


def _aggregate_selections(field: GraphQLField, aggregated: set[str]) -> Iterator[str]:
    """Yield selections of all fields of a connection's aggregate, unless its type was aggregated before, for each field
    that it can be grouped by."""
    connection = get_named_type(field.type)
    if "aggregate" not in getattr(connection, "fields", ()) or connection.name in aggregated:
        return
    aggregated.add(connection.name)
    assert isinstance(connection, GraphQLObjectType)
    aggregate = connection.fields["aggregate"]
    selection = selection_set(get_named_type(aggregate.type), 1)
    for name, key_field in _fields_of(_fields_of(_fields_of(aggregate)["groups"])["key"]).items():
        if is_leaf_type(get_named_type(key_field.type)):
            unit = ", unit: MONTH" if get_named_type(key_field.type).name == "Date" else ""
            key = f"{{field: {to_snake_case(name).upper()}{unit}}}"
            yield f"{{ __typename aggregate(groupBy: [{key}]) {selection} }}"


def _fields_of(field: GraphQLField) -> dict[str, GraphQLField]:
    object_type = get_named_type(field.type)
    assert isinstance(object_type, GraphQLObjectType)
    return dict(object_type.fields)


def reachable_fields(schema: GraphQLSchema) -> set[str]:
    """Return all fields, as `Task.project`, that queries can select without superuser fields."""
    assert schema.query_type is not None
    reachable: set[str] = set()
    pending: list[Any] = [schema.query_type]
    while pending:
        graphql_type = pending.pop()
        is_abstract = isinstance(graphql_type, GraphQLUnionType) or graphql_type in node_interfaces(schema)
        types = schema.get_possible_types(graphql_type) if is_abstract else [graphql_type]
        for object_type in types:
            if isinstance(object_type, GraphQLObjectType):
                labels = {f"{object_type.name}.{name}": field for name, field in object_type.fields.items()}
                fields = {label: field for label, field in labels.items() if label not in SUPERUSER_FIELDS}
                pending += [get_named_type(field.type) for label, field in fields.items() if label not in reachable]
                reachable |= fields.keys()
    return reachable


def node_interfaces(schema: GraphQLSchema) -> list[Any]:
    """Return the interfaces of node types."""
    types = schema.type_map.values()
    return [
        graphql_type
        for graphql_type in types
        if is_node_type(graphql_type) and not isinstance(graphql_type, GraphQLObjectType)
    ]


def check_argument_locations(schema: GraphQLSchema) -> None:
    """Raise UnknownSchemaElement for a field with arguments on a type that is neither a root nor a node type."""
    assert schema.query_type is not None
    supported = {schema.query_type, schema.mutation_type, schema.subscription_type, *node_types(schema).values()}
    for graphql_type in schema.type_map.values():
        if (
            isinstance(graphql_type, GraphQLObjectType)
            and graphql_type not in supported
            and not graphql_type.name.startswith("__")
        ):
            for name, field in graphql_type.fields.items():
                if field.args and not (is_connection(graphql_type) and name == "aggregate"):
                    raise UnknownSchemaElement(
                        f"{graphql_type.name}.{name} takes arguments: "
                        "add how to query it to tests/tenancy/query_operations.py."
                    )


def _argument_variants(
    values: ArgumentValues, parent: str, field: GraphQLField, *, only_required: bool = False, limit: int | None = None
) -> Iterator[Variant]:
    """Vary one argument after the other, beside the required ones."""
    prefix = id_prefix_of(get_named_type(field.type))
    required = {name: argument for name, argument in field.args.items() if is_required(argument)}
    if {"id", "by"} <= field.args.keys():
        required["id"] = field.args["id"]  # the object is named by its id or by another value
    varied, depth = required if only_required else field.args, 0 if limit else 1
    minimum = {
        name: next(values.variants(parent, name, argument.type, prefix, 0)).value for name, argument in required.items()
    }
    if not required:
        yield Variant({})
    for name, argument in varied.items():
        argument_limit = limit if name in {"where", "by"} or accepts_ids(argument.type) else FEW_VARIANTS
        for variant in islice(values.variants(parent, name, argument.type, prefix, depth), argument_limit):
            others = {} if name == "by" else minimum
            yield Variant(others | {name: variant.value}, variant.labels)


def _root_operation(label: str, name: str, field: GraphQLField, variant: Variant, selection: str) -> Operation:
    document = f"{name}{_argument_list(variant)} {selection}"
    return Operation(label, document, _variable_types(field, variant), variant.value, variant.labels)


def _node_operation(
    node_type: GraphQLObjectType, id: str, name: str, field: GraphQLField, variant: Variant
) -> Operation:
    selection = f"{{ __typename id {name}{_argument_list(variant)} {_selection_set(field)} }}"
    node = f"node(id: $node) {{ __typename ... on {node_type.name} {selection} }}"
    variable_types = {"node": "ID!"} | _variable_types(field, variant)
    return Operation(f"{node_type.name}.{name}", node, variable_types, {"node": id} | variant.value, variant.labels)


def _variable_types(field: GraphQLField, variant: Variant) -> dict[str, str]:
    return {name: str(field.args[name].type) for name in variant.value}


def _argument_list(variant: Variant) -> str:
    arguments = ", ".join(f"{name}: ${name}" for name in variant.value)
    return f"({arguments})" if arguments else ""


def _selection_set(field: GraphQLField) -> str:
    graphql_type = get_named_type(field.type)
    if is_connection(graphql_type):
        assert isinstance(graphql_type, GraphQLObjectType)
        node_type = get_named_type(graphql_type.fields["nodes"].type)
        has_id = "id" in getattr(node_type, "fields", {"id": None})  # that of an interface or a union has one
        nodes = f"nodes {{ __typename {'... on Node { id }' if has_id else ''} }}"
        return f"{{ __typename totalCount {nodes} edges {{ cursor }} pageInfo {{ hasNextPage }} }}"
    return selection_set(graphql_type, 0)
