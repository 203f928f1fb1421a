"""The weights of the fields of input objects, in the document and in variables."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from executor import WEIGHT_EXTENSION, OperationCost
from executor.input_weight import argument_weights

SDL = """
type Query { items(where: Where, order: [Order!]): Item named(name: Name): Item }
type Item { id: ID! items(where: Where): Item }
input Where { and: [Where!] not: Where name: String related: Where }
input Order { name: String count: Int }
input Name { first: String other: Name }
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    schema.type_map["Where"].fields["related"].extensions[WEIGHT_EXTENSION] = 10  # type: ignore[attr-defined]
    schema.type_map["Order"].fields["count"].extensions[WEIGHT_EXTENSION] = 3  # type: ignore[attr-defined]
    return schema


def cost(schema: GraphQLSchema, query: str, **variables: Any) -> int:
    document = parse(query)
    assert not validate(schema, document)
    return OperationCost(schema, document, document.definitions[0]).evaluate(variables)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "weight"),
    [
        ('where: {name: "x"}', 0),
        ("where: {related: {}}", 10),
        ("where: {related: {related: {}}}", 20),
        ("where: {and: [{related: {}}, {not: {related: {}}}]}", 20),
        ("where: {and: {related: {}}}", 10),
        ("where: null", 0),
        ("order: [{count: 1}, {count: 2}], where: {related: {}}", 16),
        ("order: {count: 1}", 3),
    ],
)
def test_weight_in_the_document(schema: GraphQLSchema, arguments: str, weight: int) -> None:
    assert cost(schema, f"{{ items({arguments}) {{ id }} }}") == 2 + weight
    nested = f"{{ items {{ items({arguments}) {{ id }} }} }}"
    assert "order" in arguments or cost(schema, nested) == 3 + weight


@pytest.mark.parametrize(
    ("value", "weight"),
    [
        ({"related": {"related": {}}}, 20),
        ({"and": [{"related": {}}, {"related": None}]}, 10),
        ({"and": {"related": {}}}, 10),
        ({"unknown": {"related": {}}, "related": "text"}, 10),
        ({"name": {"related": {}}}, 0),
        ("text", 0),
        (7, 0),
        ([1, None, {"related": []}], 10),
        (None, 0),
    ],
)
def test_weight_in_a_variable(schema: GraphQLSchema, value: Any, weight: int) -> None:
    query = "query ($where: Where) { items(where: $where) { id } }"
    assert cost(schema, query, where=value) == 2 + weight


def test_parts_of_an_argument_may_be_variables(schema: GraphQLSchema) -> None:
    query = "query ($w: Where, $n: String) { items(where: {and: [{related: $w}, {name: $n}]}) { id } }"
    assert cost(schema, query) == 2 + 10
    assert cost(schema, query, w={"related": {}}) == 2 + 20


def test_default_of_a_variable_counts(schema: GraphQLSchema) -> None:
    query = "query ($w: Where = {related: {}}) { items(where: $w) { id } }"
    assert cost(schema, query) == 2 + 10
    assert cost(schema, query, w={}) == 2


def test_type_without_weights_is_not_measured(schema: GraphQLSchema) -> None:
    """It may contain itself, and its values may be a thousand objects."""
    document = parse("query ($name: Name) { named(name: $name) { id } }")
    operation = OperationCost(schema, document, document.definitions[0])  # type: ignore[arg-type]
    assert operation.evaluate({"name": {"first": "a", "other": {"related": {}}}}) == 2
    assert argument_weights(schema.query_type.fields["named"].args, _field(document)) == (0, [])  # type: ignore[union-attr]


def _field(document: Any) -> Any:
    return document.definitions[0].selection_set.selections[0]


def test_values_of_different_weight_are_remembered_apart(schema: GraphQLSchema) -> None:
    document = parse("query ($w: Where) { items(where: $w) { id } }")
    operation = OperationCost(schema, document, document.definitions[0])  # type: ignore[arg-type]
    values: list[Any] = [{}, {"related": {}}, {}, None]
    assert [operation.evaluate({"w": value}) for value in values] == [2, 12, 2, 2]
