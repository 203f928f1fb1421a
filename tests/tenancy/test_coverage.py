"""The walk goes everywhere, and says so when it does not know how."""

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

from tests.tenancy.changing import mutations
from tests.tenancy.contract import Unknown, id_inputs, noun_types, roots, the_schema
from tests.tenancy.reading import asking_queries, check_relations, plain_queries
from tests.tenancy.values import Values


def values_for(schema: GraphQLSchema) -> Values:
    """Ids of nothing, of every type."""
    return Values(*({prefix: f"{prefix}_{digit * 32}" for prefix in noun_types(schema)} for digit in "01"))


def walk(schema: GraphQLSchema) -> tuple[set[str], set[str]]:
    """The root fields that the walk calls and the inputs that it puts ids into."""
    values = values_for(schema)
    check_relations(schema)
    assert list(roots(schema))
    reading = [*plain_queries(schema, values), *asking_queries(schema, values)]
    changing = mutations(schema, values)
    inputs = {name for each in reading for name in each.inputs}
    inputs |= {slot.input for each in changing for slot in each.slots()}
    return {each.about for each in reading} | {f"Mutation.{each.name}" for each in changing}, inputs


def test_every_root_field_is_walked(schema: GraphQLSchema) -> None:
    assert {f"{kind}.{name}" for kind, name, _ in roots(schema)} <= walk(schema)[0]


def test_every_relation_is_asked_with_arguments(schema: GraphQLSchema) -> None:
    lists = {
        f"{kind}.{name}" for kind in noun_types(schema).values() for name, each in kind.fields.items() if each.args
    }
    assert lists <= walk(schema)[0]


def test_every_input_that_takes_ids_is_given_some(schema: GraphQLSchema) -> None:
    missing = id_inputs(schema) - walk(schema)[1]
    assert not missing, f"the walk sends no ids into {sorted(missing)}: teach it to, in tests/tenancy/values.py"


STRING = GraphQLNonNull(GraphQLString)
STRANGE = GraphQLInputObjectType("StrangeFilter", {"like": GraphQLInputField(GraphQLID)})


def a_query(schema: GraphQLSchema) -> GraphQLObjectType:
    assert schema.query_type is not None
    return schema.query_type


def a_mutation(schema: GraphQLSchema) -> GraphQLObjectType:
    assert schema.mutation_type is not None
    return schema.mutation_type


def named(schema: GraphQLSchema, name: str) -> Any:
    return schema.type_map[name]


def with_text(schema: GraphQLSchema) -> None:
    a_query(schema).fields["riddle"] = GraphQLField(GraphQLString, {"mystery": GraphQLArgument(STRING)})


def with_mutation_text(schema: GraphQLSchema) -> None:
    payload = a_mutation(schema).fields["createTask"].type
    a_mutation(schema).fields["solve"] = GraphQLField(payload, {"mystery": GraphQLArgument(STRING)})


def with_id(schema: GraphQLSchema) -> None:
    a_query(schema).fields["riddle"] = GraphQLField(GraphQLString, {"sphinxId": GraphQLArgument(GraphQLID)})


def with_id_in_an_input(schema: GraphQLSchema) -> None:
    named(schema, "CreateTaskInput").fields["sphinxId"] = GraphQLInputField(GraphQLID)


def with_filter(schema: GraphQLSchema) -> None:
    named(schema, "TaskWhere").fields["strange"] = GraphQLInputField(STRANGE)


def with_wanting_field(schema: GraphQLSchema) -> None:
    named(schema, "Task").fields["riddle"] = GraphQLField(GraphQLString, {"mystery": GraphQLArgument(STRING)})


def with_list_out_of_reach(schema: GraphQLSchema) -> None:
    named(schema, "PageInfo").fields["more"] = GraphQLField(GraphQLString, {"first": GraphQLArgument(GraphQLString)})


def with_subscription(schema: GraphQLSchema) -> None:
    schema.subscription_type = a_query(schema)


STOPS = [
    (with_text, "Query.riddle.mystery: say in tests/tenancy/values.py (GIVEN)"),
    (with_mutation_text, "Mutation.solve.mystery: say in tests/tenancy/values.py (GIVEN)"),
    (with_id, "Query.riddle.sphinxId: say in tests/tenancy/values.py (KINDS)"),
    (with_id_in_an_input, "CreateTaskInput.sphinxId: say in tests/tenancy/values.py (KINDS)"),
    (with_filter, "TaskWhere.strange: StrangeFilter is a new kind of filter"),
    (with_wanting_field, "Task.riddle wants arguments"),
    (with_list_out_of_reach, "PageInfo.more takes arguments"),
    (with_subscription, "There are subscriptions now"),
]


@pytest.mark.parametrize(("change", "hint"), STOPS, ids=[change.__name__ for change, _ in STOPS])
def test_what_is_new_and_cannot_be_guessed_stops_the_walk(change: Any, hint: str) -> None:
    schema = the_schema()
    change(schema)
    with pytest.raises(Unknown) as stopped:
        walk(schema)
    assert hint in str(stopped.value)


def test_an_input_that_takes_ids_and_is_not_walked_is_found() -> None:
    schema = the_schema()
    named(schema, "IDFilter").fields["notIn"] = GraphQLInputField(GraphQLID)
    assert id_inputs(schema) - walk(schema)[1] == {"IDFilter.notIn"}
