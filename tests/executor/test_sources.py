"""The sources of operations: what their fields and arguments declare."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from executor import (
    EXECUTOR_EXTENSION,
    SOURCES_EXTENSION,
    AttributeField,
    FieldSources,
    OperationSources,
    UndeclaredSources,
)

SDL = """
type Query { item(id: ID, where: Where): Item, items(where: [Where!]): [Item!], node: Node, any: Any, secret: Item }
interface Node { id: ID! related: Item }
type Item implements Node { id: ID! related: Item hidden: Int name(like: Where): String }
type Other implements Node { id: ID! related: Item extra: Item }
union Any = Item | Other
input Where { and: [Where!] not: Where name: String related: Where }
"""


def by_id(id: Any) -> frozenset[str] | None:
    return {"a": frozenset({"table a"}), None: frozenset()}.get(id)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    declared: dict[str, dict[str, FieldSources]] = {
        "Query": {
            "item": FieldSources(frozenset({"item"}), {"id": by_id}),
            "items": FieldSources(frozenset({"item"})),
            "node": FieldSources(frozenset({"node"})),
            "any": FieldSources(),
        },
        "Item": {"related": FieldSources(frozenset({"item.related"})), "name": FieldSources()},
        "Other": {"related": FieldSources(frozenset({"other.related"})), "extra": FieldSources(frozenset({"extra"}))},
    }
    for type_name, fields in declared.items():
        for name, sources in fields.items():
            schema.type_map[type_name].fields[name].extensions[SOURCES_EXTENSION] = sources  # type: ignore[attr-defined]
    for type_name in ("Item", "Other"):
        schema.type_map[type_name].fields["id"].extensions[EXECUTOR_EXTENSION] = AttributeField("id")  # type: ignore[attr-defined]
    schema.type_map["Where"].fields["related"].extensions[SOURCES_EXTENSION] = frozenset({"where"})  # type: ignore[attr-defined]
    return schema


def sources(schema: GraphQLSchema, query: str, **variables: Any) -> set[str]:
    document = parse(query)
    assert not validate(schema, document)
    (operation, *_) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return set(OperationSources(schema, document, operation).evaluate(variables))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("{ item { id } }", {"item"}),
        ("{ __typename __schema { queryType { name } } item { __typename } }", {"item"}),
        ("{ item { related { id } } }", {"item", "item.related"}),
        ("{ items { related { related { id } } } }", {"item", "item.related"}),
        ("{ item @skip(if: true) { related @include(if: false) { id } } }", {"item", "item.related"}),
        ("{ ... { item { id } } ...F } fragment F on Query { node { id } }", {"item", "node"}),
        ("{ node { related { id } } }", {"node", "item.related", "other.related"}),
        ("{ node { ... on Item { related { id } } } }", {"node", "item.related"}),
        ("{ any { ... on Node { related { id } } } }", {"item.related", "other.related"}),
        (
            "{ any { ... on Other { extra { ...F } } } } fragment F on Item { related { id } }",
            {"extra", "item.related"},
        ),
    ],
)
def test_sources_of_selections(schema: GraphQLSchema, query: str, names: set[str]) -> None:
    assert sources(schema, query) == names


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('item(where: {name: "x"})', set()),
        ("item(where: {related: {}})", {"where"}),
        ("item(where: {and: [{not: {related: null}}]})", {"where"}),
        ("items(where: {and: {related: {}}})", {"where"}),
        ("items(where: [{}, {related: {}}])", {"where"}),
        ('item(id: "a")', {"table a"}),
        ("item(id: null)", set()),
    ],
)
def test_sources_of_arguments(schema: GraphQLSchema, arguments: str, names: set[str]) -> None:
    assert sources(schema, f"{{ {arguments} {{ id }} }}") == {"item", *names}
    assert sources(schema, "{ any { ... on Item { name(like: {related: {}}) } } }") == {"where"}


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({}, set()),
        ({"where": {}}, set()),
        ({"where": None}, set()),
        ({"where": {"related": {}}}, {"where"}),
        ({"where": {"and": [{"not": {"related": {"name": 1}}}]}}, {"where"}),
        ({"where": [{"related": {}}]}, {"where"}),
        ({"where": {"unknown": {"related": {}}}}, set()),
        ({"where": "text"}, set()),
        ({"id": "a"}, {"table a"}),
        ({"id": None}, set()),
    ],
)
def test_sources_of_variables(schema: GraphQLSchema, variables: dict[str, Any], names: set[str]) -> None:
    query = "query ($id: ID, $where: Where) { item(id: $id, where: {not: $where}) { id } }"
    assert sources(schema, query, **variables) == {"item", *names}


def test_sources_of_default_values(schema: GraphQLSchema) -> None:
    query = 'query ($id: ID = "a", $where: Where = {related: {}}) { item(id: $id, where: $where) { id } }'
    assert sources(schema, query) == {"item", "where", "table a"}
    assert sources(schema, query, id=None, where={}) == {"item"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("{ item { hidden } }", "Item.hidden"),
        ("{ item { related { ...F } } } fragment F on Item { hidden @skip(if: true) }", "Item.hidden"),
        ("{ item { id } secret { id } }", "Query.secret"),
        ('{ item(id: "b") { id } }', "Query.item(id:)"),
        ('query ($id: ID = "b") { item(id: $id) { id } }', "Query.item(id:)"),
    ],
)
def test_undeclared_fields(schema: GraphQLSchema, query: str, field: str) -> None:
    with pytest.raises(UndeclaredSources) as error:
        sources(schema, query)
    assert error.value.field == field


def test_nested_fragments_are_inspected_once(schema: GraphQLSchema) -> None:
    fragments = [f"fragment F{n} on Item {{ related {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(100)]
    query = "\n".join(["{ item { ...F0 } }", *fragments, "fragment F100 on Item { id }"])
    document = parse(query)  # validation aborts because of its size
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    assert OperationSources(schema, document, operation).evaluate({}) == {"item", "item.related"}
