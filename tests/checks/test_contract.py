"""The GraphQL schema follows the rules of the contract, and the checks find violations."""

from collections.abc import Callable

import pytest
from graphql import GraphQLObjectType, GraphQLSchema
from graphql import build_schema as parse_schema

from schema.derive import COLUMN, ColumnField
from schema.relations import RELATION
from schema.requirements import ACCESS
from schema.schema import build_schema
from server.config.paths import PROJECT_ROOT
from tests.checks.contract_rules import (
    malformed_lists,
    malformed_payloads,
    missing_access_levels,
    missing_descriptions,
    missing_field_metadata,
    non_null_query_fields,
    null_defaults,
    undated_deprecations,
)

Check = Callable[[GraphQLSchema], list[str]]
CHECKS: list[Check] = [
    missing_descriptions,
    missing_access_levels,
    non_null_query_fields,
    malformed_payloads,
    malformed_lists,
    missing_field_metadata,
    null_defaults,
    undated_deprecations,
]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema of the server."""
    return build_schema()._schema


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_schema_follows_the_rule(check: Check, schema: GraphQLSchema) -> None:
    assert check(schema) == []


def test_committed_schema_is_current() -> None:
    current = f"{build_schema().as_str()}\n"
    assert (PROJECT_ROOT / "schema.graphql").read_text() == current, "run: allotment schema --out schema.graphql"


def test_missing_descriptions_are_found() -> None:
    schema = parse_schema("""
        "No stop"
        type Query { "Good." good("Good." a: Int, b: Int): Status, bare(input: In): Int }
        "Good."
        enum Status { "Good." DESCRIBED, BARE }
        input In { " Blank." x: Int, y: Timestamp }
        "Good."
        scalar Timestamp
        "Good."
        interface Item { id: ID }
        union Result = Query
        directive @wrong("No stop" of: Int) on FIELD
        "no capital."
        enum Color { "Red." RED }
    """)
    assert {line.split(":")[0] for line in missing_descriptions(schema)} == {
        *("Query", "Query.good(b)", "Query.bare", "Query.bare(input)", "Status.BARE", "In", "In.x", "In.y"),
        *("Item.id", "Result", "@wrong", "@wrong(of)", "Color"),
    }


def test_null_defaults_are_found() -> None:
    schema = parse_schema("""
        type Query { a(b: Int, c: Int = null, d: Int = 0): Int }
        input In { x: Int, y: [Int] = null, z: [Int] = [] }
    """)
    assert null_defaults(schema) == ["Query.a(c): default value null", "In.y: default value null"]


def test_deprecations_without_a_date_are_found() -> None:
    schema = parse_schema("""
        type Query {
          good: Int @deprecated(reason: "Use `other`. It will be removed on 2027-06-30."), bare: Int @deprecated
          a(b: Int @deprecated(reason: "On 2027-13-01.")): Int
        }
        enum Status { OLD @deprecated(reason: "Soon.") }
        input In { x: Int @deprecated(reason: "2027-06-30: use `y`."), y: Int @deprecated(reason: "") }
    """)
    paths = [line.split(":")[0] for line in undated_deprecations(schema)]
    assert paths == ["Query.bare", "Query.a(b)", "Status.OLD", "In.y"]


def test_missing_access_level_is_found() -> None:
    schema = build_schema()._schema
    assert schema.query_type
    assert schema.mutation_type
    del schema.query_type.fields["task"].extensions[ACCESS]
    schema.mutation_type.fields["createTask"].extensions[ACCESS] = "MEMBER"
    assert missing_access_levels(schema) == ["Query.task: no access level", "Mutation.createTask: no access level"]


def test_non_null_query_field_is_found() -> None:
    schema = parse_schema("type Query { a: Int, b: Int!, c: [Int!]! }")
    assert non_null_query_fields(schema) == ["Query.b: not nullable", "Query.c: not nullable"]


def test_malformed_payloads_are_found() -> None:
    schema = parse_schema("""
        type UserError { code: Int }
        type Query { a: Int }
        type Mutation {
          good: GoodPayload, plain: Int, list: [GoodPayload], wrong: WrongPayload, bare: BarePayload, other: GoodPayload
        }
        type GoodPayload { item: Int, userErrors: [UserError!]! }
        type WrongPayload { item: Int!, userErrors: [UserError!] }
        type BarePayload { userErrors: [UserError!]! }
    """)
    assert malformed_payloads(schema) == [
        "Mutation.plain: returns Int, which is not a payload",
        "Mutation.list: returns [GoodPayload], which is not a payload",
        "Mutation.wrong: no userErrors: [UserError!]!",
        "Mutation.wrong: item is not nullable",
        "Mutation.bare: has no fields besides userErrors",
        "Mutation.other: its payload is named GoodPayload",
    ]


def test_malformed_lists_are_found() -> None:
    schema = parse_schema("""
        interface Node { id: ID! }
        type Task implements Node { id: ID!, subtasks: [Task!]!, page: TaskConnection, labels: [String!]! }
        type TaskConnection { nodes: [Task!]!, edges: [Int], totalCount: Int }
        type Query { nodes: [Node], task: Task, tasks: [Task] }
    """)
    assert malformed_lists(schema) == [
        "Task.subtasks: [Task!]! is not a connection",
        "Task.page: TaskConnection lacks pageInfo",
        f"Task.page: takes [], not {['first', 'after', 'last', 'before', 'offset', 'where', 'orderBy']}",
        "Query.tasks: [Task] is not a connection",
    ]


def test_missing_field_metadata_is_found() -> None:
    schema = build_schema()._schema
    task, project = schema.type_map["Task"], schema.type_map["Project"]
    assert isinstance(task, GraphQLObjectType)
    assert isinstance(project, GraphQLObjectType)
    del task.fields["title"].extensions[COLUMN]
    task.fields["id"].extensions[COLUMN] = ColumnField("id")
    task.fields["project"].extensions[RELATION] = task.fields["assignee"].extensions[RELATION]
    del task.fields["workers"].extensions[RELATION]
    project.fields["taskCounts"].extensions[COLUMN] = ColumnField("task_counts")
    assert {line.split(":")[0] for line in missing_field_metadata(schema)} == {
        *("Task.title", "Task.id", "Task.project", "Task.workers", "Project.taskCounts"),
    }
