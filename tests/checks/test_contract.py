"""The contract keeps its promises, and every check of it can fail."""

from collections.abc import Callable

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from schema.derive import COLUMN, Column
from schema.relations import RELATION
from schema.roots import ACCESS
from schema.schema import make_schema
from server.checkout import CHECKOUT
from tests.checks.contract import (
    bare_lists,
    odd_payloads,
    open_to_anybody,
    poorly_described,
    required_answers,
    unpublished,
)

Check = Callable[[GraphQLSchema], list[str]]
CHECKS: list[Check] = [poorly_described, open_to_anybody, required_answers, odd_payloads, bare_lists, unpublished]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The server's schema."""
    return make_schema()._schema


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_the_schema_keeps_the_rule(check: Check, schema: GraphQLSchema) -> None:
    assert check(schema) == []


def test_the_committed_schema_is_that_of_the_code() -> None:
    written = f"{make_schema().as_str()}\n"
    assert (CHECKOUT / "schema.graphql").read_text() == written, "run: allotment schema --out schema.graphql"


def test_what_lacks_a_description_or_its_full_stop_is_found() -> None:
    schema = build_schema("""
        "No stop"
        type Query { "Good." good("Good." a: Int, b: Int): Kind, bare(input: In): Int }
        "Good."
        enum Kind { "Good." FINE, BARE }
        input In { " Blank." x: Int, y: Moment }
        "Good."
        scalar Moment
        "Good."
        interface Thing { id: ID }
        union Either = Query
        directive @odd("Odd" of: Int) on FIELD
    """)
    assert {line.split(":")[0] for line in poorly_described(schema)} == {
        *("Query", "Query.good(b)", "Query.bare", "Query.bare(input)", "Kind.BARE", "In", "In.x", "In.y"),
        *("Thing.id", "Either", "@odd", "@odd(of)"),
    }


def test_a_root_field_without_an_access_level_is_found() -> None:
    schema = make_schema()._schema
    assert schema.query_type
    assert schema.mutation_type
    del schema.query_type.fields["task"].extensions[ACCESS]
    schema.mutation_type.fields["createTask"].extensions[ACCESS] = "MEMBER"
    assert open_to_anybody(schema) == ["Query.task: no access level", "Mutation.createTask: no access level"]


def test_a_root_query_field_that_is_required_is_found() -> None:
    schema = build_schema("type Query { a: Int, b: Int!, c: [Int!]! }")
    assert required_answers(schema) == ["Query.b: not nullable", "Query.c: not nullable"]


def test_a_payload_that_lacks_something_is_found() -> None:
    schema = build_schema("""
        type UserError { code: Int }
        type Query { a: Int }
        type Mutation {
          good: GoodPayload, plain: Int, list: [GoodPayload], odd: OddPayload, bare: BarePayload, other: GoodPayload
        }
        type GoodPayload { thing: Int, userErrors: [UserError!]! }
        type OddPayload { thing: Int!, userErrors: [UserError!] }
        type BarePayload { userErrors: [UserError!]! }
    """)
    assert odd_payloads(schema) == [
        "Mutation.plain: answers Int, which is no payload",
        "Mutation.list: answers [GoodPayload], which is no payload",
        "Mutation.odd: no userErrors: [UserError!]!",
        "Mutation.odd: thing is not nullable",
        "Mutation.bare: answers nothing but errors",
        "Mutation.other: its payload is called GoodPayload",
    ]


def test_a_list_that_is_no_connection_is_found() -> None:
    schema = build_schema("""
        interface Node { id: ID! }
        type Task implements Node { id: ID!, subtasks: [Task!]!, page: TaskConnection, labels: [String!]! }
        type TaskConnection { nodes: [Task!]!, edges: [Int], totalCount: Int }
        type Query { nodes: [Node], task: Task, tasks: [Task] }
    """)
    assert bare_lists(schema) == [
        "Task.subtasks: [Task!]! is no connection",
        "Task.page: TaskConnection lacks pageInfo",
        f"Task.page: takes [], not {['first', 'after', 'last', 'before', 'where', 'orderBy']}",
        "Query.tasks: [Task] is no connection",
    ]


def test_a_column_or_relation_that_is_not_published_is_found() -> None:
    schema = make_schema()._schema
    task, project = schema.type_map["Task"], schema.type_map["Project"]
    assert isinstance(task, GraphQLObjectType)
    assert isinstance(project, GraphQLObjectType)
    del task.fields["title"].extensions[COLUMN]
    task.fields["id"].extensions[COLUMN] = Column("id")
    task.fields["project"].extensions[RELATION] = task.fields["assignee"].extensions[RELATION]
    del task.fields["workers"].extensions[RELATION]
    project.fields["taskCounts"].extensions[COLUMN] = Column("task_counts")
    assert {line.split(":")[0] for line in unpublished(schema)} == {
        *("Task.title", "Task.id", "Task.project", "Task.workers", "Project.taskCounts"),
    }
