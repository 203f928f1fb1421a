"""The static cost of operations on a small schema."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from executor import LIST_SIZE_EXTENSION, WEIGHT_EXTENSION, AnalysisTooLarge, ListSize, OperationCost

SDL = """
type Query {
  items(first: Int, last: Int): ItemConnection
  nodes(ids: [ID!]!): [Node]
  node: Node
  plain: [Item!]
}
interface Node { id: ID! }
type Item implements Node { id: ID! related: Item items(first: Int, last: Int): ItemConnection }
type Group implements Node { id: ID! items(first: Int, last: Int): ItemConnection }
type ItemConnection { totalCount: Int! nodes: [Item!]! edges: [Edge!]! pageInfo: PageInfo! }
type Edge { node: Item! }
type PageInfo { hasNextPage: Boolean! }
"""
CONNECTION = ListSize(20, 100, ("first", "last"), ("nodes", "edges"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    for type_name in ("Query", "Item", "Group"):
        schema.type_map[type_name].fields["items"].extensions[LIST_SIZE_EXTENSION] = CONNECTION  # type: ignore[attr-defined]
    schema.type_map["Query"].fields["nodes"].extensions[LIST_SIZE_EXTENSION] = ListSize(100, 100, ("ids",))  # type: ignore[attr-defined]
    schema.type_map["ItemConnection"].fields["totalCount"].extensions[WEIGHT_EXTENSION] = 10  # type: ignore[attr-defined]
    return schema


def analyze(schema: GraphQLSchema, query: str) -> OperationCost:
    document = parse(query)
    assert not validate(schema, document)
    return OperationCost(schema, document, document.definitions[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ __typename }", 1),
        ("{ __schema { types { name } } }", 501),
        ("{ items { pageInfo { hasNextPage } } }", 3),
        ("{ items { nodes { id } } }", 22),
        ("{ items(first: 7) { nodes { id related { id } } } }", 1 + 1 + 7 * 2),
        ("{ items(last: 7) { edges { node { id } } } }", 1 + 1 + 7 * 2),
        ("{ items(first: 7, last: 9) { nodes { id } } }", 11),
        ("{ items(first: null) { nodes { id } } }", 22),
        ("{ items(first: 0) { nodes { id } } }", 2),
        ("{ items(first: -1) { nodes { id } } }", 2),
        ("{ items(first: 1000) { nodes { id } } }", 102),
        ("{ items(first: 2) { nodes { items(first: 3) { totalCount nodes { id } } } } }", 1 + 1 + 2 * (1 + 1 + 10 + 3)),
        ("{ a: items { nodes { id } } b: items { nodes { id } } }", 1 + 2 * 21),
        ("{ items { nodes { id } } items { nodes { related { id } } } }", 1 + 1 + 20 * 2),
        ("{ items { ...F nodes { id } } } fragment F on ItemConnection { nodes { related { id } } }", 1 + 1 + 20 * 2),
        ('{ nodes(ids: ["a", "b"]) { id } }', 3),
        ('{ nodes(ids: "a") { id } }', 2),
        ("{ node { ... on Item { related { id } } ... on Group { items { nodes { id } } } } }", 1 + 1 + 21),
        ("{ plain { id } }", 2),
        ("{ items @skip(if: true) { nodes { id } } }", 1),
    ],
)
def test_cost_is_multiplied_down_the_selection(schema: GraphQLSchema, query: str, cost: int) -> None:
    assert analyze(schema, query).evaluate(None) == cost


@pytest.mark.parametrize(
    ("variables", "cost"),
    [
        ({"first": 7}, 9),
        ({"first": 7.0}, 9),
        ({"first": None}, 22),
        ({}, 5),
        (None, 5),
        ({"first": 10**9}, 102),
        ({"first": -(10**9)}, 2),
        ({"first": 1e300}, 3),
        ({"first": "many"}, 3),
        ({"first": [1, 2]}, 4),
    ],
)
def test_page_size_of_a_variable(schema: GraphQLSchema, variables: dict[str, Any] | None, cost: int) -> None:
    operation = analyze(schema, "query ($first: Int = 3) { items(first: $first) { nodes { id } } }")
    assert operation.evaluate(variables) == cost


def test_variables_are_multiplied_down_the_selection(schema: GraphQLSchema) -> None:
    query = "query ($a: Int, $b: Int) { items(first: $a) { nodes { items(first: $b, last: 2) { nodes { id } } } } }"
    operation = analyze(schema, query)
    assert operation.evaluate({"a": 10, "b": 5}) == 1 + 1 + 10 * (1 + 1 + 5)
    assert operation.evaluate({"a": 10, "b": 1}) == 1 + 1 + 10 * (1 + 1 + 2)


def test_length_of_a_list_in_a_variable(schema: GraphQLSchema) -> None:
    operation = analyze(schema, "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Item { related { id } } } }")
    assert operation.evaluate({"ids": ["a"] * 5}) == 1 + 5 * 2
    assert operation.evaluate({"ids": "a"}) == 1 + 2


def test_conditions_in_variables(schema: GraphQLSchema) -> None:
    query = "query ($deep: Boolean = false) { items { nodes { id related @include(if: $deep) { id } } } }"
    operation = analyze(schema, query)
    assert operation.evaluate(None) == 22
    assert operation.evaluate({"deep": True}) == 42
    assert operation.evaluate({"deep": "yes"}) == 1  # fails when it is coerced


def test_many_combinations_of_conditions_are_not_stored_forever(schema: GraphQLSchema) -> None:
    names = [f"v{number}" for number in range(6)]
    definitions = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: items @include(if: ${name}) {{ nodes {{ id }} }}" for name in names)
    operation = analyze(schema, f"query ({definitions}) {{ {fields} }}")
    for bits in range(64):
        variables = {name: bool(bits >> index & 1) for index, name in enumerate(names)}
        assert operation.evaluate(variables) == 1 + 21 * bits.bit_count()
    assert len(operation.costs_by_conditions) <= 4


def test_free_root_fields(schema: GraphQLSchema) -> None:
    document = parse("{ items { nodes { id } } a: plain { id } plain { id } }")
    operation: Any = document.definitions[0]
    assert OperationCost(schema, document, operation, frozenset(["items"])).evaluate(None) == 3
    assert OperationCost(schema, document, operation, frozenset(["plain"])).evaluate(None) == 22


def test_too_many_fields_of_an_interface(schema: GraphQLSchema) -> None:
    fields = " ".join(f"a{number}: id" for number in range(11_000))
    operation = analyze(schema, f"{{ node {{ {fields} }} }}")
    for _ in range(2):
        with pytest.raises(AnalysisTooLarge):
            operation.evaluate(None)
    assert operation.costs_by_conditions == {(): None}  # it is analyzed once
