"""The coordinates of the fields that an operation selects."""

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from server.graphql.field_coordinates import find_field_coordinates

SCHEMA = build_schema("""
interface Node { id: ID! }
type Task implements Node { id: ID! title: String project: Project }
type Project implements Node { id: ID! name: String tasks(first: Int): [Task!]! }
union Found = Task | Project
type Query { node: Node task: Task found: [Found!] }
""")


@pytest.mark.parametrize(
    ("selection", "coordinates"),
    [
        ("{ task { title } }", {"Query.task", "Task.title"}),
        ("{ task { a: title b: title __typename } __schema { types { name } } }", {"Query.task", "Task.title"}),
        (
            "{ task { project { tasks(first: 1) { title } } } }",
            {"Query.task", "Task.project", "Project.tasks", "Task.title"},
        ),
        ("query ($no: Boolean!) { task @include(if: $no) { title @skip(if: $no) } }", {"Query.task", "Task.title"}),
        ("{ node { id } }", {"Query.node", "Node.id", "Task.id", "Project.id"}),
        ("{ node { ... on Task { id } } }", {"Query.node", "Task.id"}),
        ("{ found { ... on Task { title } ... on Project { name } } }", {"Query.found", "Task.title", "Project.name"}),
        ("{ task { ... { title } } }", {"Query.task", "Task.title"}),
        (
            "{ task { ...T } node { ...T ...T } } fragment T on Task { title ...Id } fragment Id on Node { id }",
            {"Query.task", "Query.node", "Task.title", "Node.id", "Task.id", "Project.id"},
        ),
    ],
)
def test_coordinates(selection: str, coordinates: set[str]) -> None:
    document = parse(selection)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert find_field_coordinates(SCHEMA, document, operation) == coordinates
