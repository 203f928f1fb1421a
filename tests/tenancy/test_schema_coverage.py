"""The generators produce operations for the whole schema, and fail on schema elements that they do not support."""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from schema.schema import build_schema
from tests.tenancy.argument_values import ArgumentValues
from tests.tenancy.mutation_calls import mutation_calls
from tests.tenancy.query_operations import argument_queries, check_argument_locations, full_selection_queries
from tests.tenancy.schema_inspection import (
    UnknownSchemaElement,
    id_inputs,
    node_types,
    root_fields,
)


def unknown_ids(schema: GraphQLSchema) -> ArgumentValues:
    """Return argument values with own and foreign ids that do not exist."""
    return ArgumentValues(*({prefix: f"{prefix}_{digit * 32}" for prefix in node_types(schema)} for digit in "01"))


def generated_labels(schema: GraphQLSchema) -> tuple[set[str], set[str]]:
    """Return the labels of all generated operations, and of the inputs that they pass ids to."""
    values = unknown_ids(schema)
    check_argument_locations(schema)
    assert list(root_fields(schema))
    queries = [*full_selection_queries(schema, values), *argument_queries(schema, values)]
    mutations = mutation_calls(schema, values)
    inputs = {label for query in queries for label in query.inputs}
    inputs |= {argument.label for mutation in mutations for argument in mutation.id_arguments()}
    return {query.label for query in queries} | {f"Mutation.{mutation.name}" for mutation in mutations}, inputs


def test_every_root_field_has_an_operation(schema: GraphQLSchema) -> None:
    labels = {f"{type_name}.{name}" for type_name, name, _ in root_fields(schema)}
    assert labels <= generated_labels(schema)[0]


def test_every_relation_is_queried_with_arguments(schema: GraphQLSchema) -> None:
    relations = {
        f"{node_type.name}.{name}"
        for node_type in node_types(schema).values()
        for name, field in node_type.fields.items()
        if field.args
    }
    assert relations <= generated_labels(schema)[0]


def test_every_input_with_ids_receives_ids(schema: GraphQLSchema) -> None:
    missing = id_inputs(schema) - generated_labels(schema)[1]
    assert not missing, f"no operation passes ids to {sorted(missing)}: add them to tests/tenancy/argument_values.py"


REQUIRED_STRING = GraphQLNonNull(GraphQLString)
UNKNOWN_FILTER = GraphQLInputObjectType("UnknownFilter", {"like": GraphQLInputField(GraphQLID)})


def query_type(schema: GraphQLSchema) -> GraphQLObjectType:
    assert schema.query_type is not None
    return schema.query_type


def mutation_type(schema: GraphQLSchema) -> GraphQLObjectType:
    assert schema.mutation_type is not None
    return schema.mutation_type


def named_type(schema: GraphQLSchema, name: str) -> Any:
    return schema.type_map[name]


def field_with_required_argument() -> GraphQLField:
    return GraphQLField(GraphQLString, {"newArgument": GraphQLArgument(REQUIRED_STRING)})


def with_query_argument(schema: GraphQLSchema) -> None:
    query_type(schema).fields["newField"] = field_with_required_argument()


def with_mutation_argument(schema: GraphQLSchema) -> None:
    payload = mutation_type(schema).fields["createTask"].type
    arguments = {"newArgument": GraphQLArgument(REQUIRED_STRING)}
    mutation_type(schema).fields["newMutation"] = GraphQLField(payload, arguments)


def with_id_argument(schema: GraphQLSchema) -> None:
    query_type(schema).fields["newField"] = GraphQLField(GraphQLString, {"newId": GraphQLArgument(GraphQLID)})


def with_id_input_field(schema: GraphQLSchema) -> None:
    named_type(schema, "CreateTaskInput").fields["newId"] = GraphQLInputField(GraphQLID)


def with_filter_type(schema: GraphQLSchema) -> None:
    named_type(schema, "TaskWhere").fields["newFilter"] = GraphQLInputField(UNKNOWN_FILTER)


def with_required_field_argument(schema: GraphQLSchema) -> None:
    named_type(schema, "Task").fields["newField"] = field_with_required_argument()


def with_list_on_non_node_type(schema: GraphQLSchema) -> None:
    arguments = {"first": GraphQLArgument(GraphQLString)}
    named_type(schema, "PageInfo").fields["newList"] = GraphQLField(GraphQLString, arguments)


UNSUPPORTED_CHANGES = [
    (with_query_argument, "Query.newField.newArgument: add a value or OMIT to VALUES_BY_NAME"),
    (with_mutation_argument, "Mutation.newMutation.newArgument: add a value or OMIT to VALUES_BY_NAME"),
    (with_id_argument, "Query.newField.newId: add its id prefix to ID_PREFIXES"),
    (with_id_input_field, "CreateTaskInput.newId: add its id prefix to ID_PREFIXES"),
    (with_filter_type, "TaskWhere.newFilter: UnknownFilter is a new kind of filter"),
    (with_required_field_argument, "Task.newField has required arguments"),
    (with_list_on_non_node_type, "PageInfo.newList takes arguments"),
]


@pytest.mark.parametrize(
    ("change", "hint"), UNSUPPORTED_CHANGES, ids=[change.__name__ for change, _ in UNSUPPORTED_CHANGES]
)
def test_unsupported_schema_element_raises_hint(change: Any, hint: str) -> None:
    schema = build_schema()._schema
    change(schema)
    with pytest.raises(UnknownSchemaElement) as error:
        generated_labels(schema)
    assert hint in str(error.value)


def test_id_input_without_operation_is_detected() -> None:
    schema = build_schema()._schema
    named_type(schema, "IDFilter").fields["like"] = GraphQLInputField(GraphQLID)
    assert id_inputs(schema) - generated_labels(schema)[1] == {"IDFilter.like"}
