"""The operation that docs/executor.md follows all the way, as it says."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLObjectType, build_schema, parse

from executor import FIELD, Batched, Column, Declaration, explain, ordinary_resolver
from server.checkout import CHECKOUT
from tests.executor.ways import Thing, Way

PAGE = (CHECKOUT / "docs/executor.md").read_text()
SCHEMA = build_schema("""
    type Query { projects(first: Int = 20): [Project!]! }
    type Project { id: ID!, name: String!, tasks(first: Int = 20): [Task!]! }
    type Task { id: ID!, title: String!, status: Status!, assignee: Worker }
    type Worker { name: String }
    enum Status { TODO DONE }
""")


def declare(type_name: str, **declarations: Declaration) -> None:
    """Say of a type's fields what they are."""
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    for name, declared in declarations.items():
        kind.fields[name].extensions = {FIELD: declared}
        kind.fields[name].resolve = ordinary_resolver(declared)


async def tasks_of(_context: Any, projects: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
    return [
        [Thing(title=f"{project.id}.{n}", status="TODO") for n in range(arguments["first"])] for project in projects
    ]


async def assignees_of(_context: Any, tasks: Sequence[Any], _arguments: Mapping[str, Any]) -> list[Any]:
    return [Thing(name="Ann") if task.title.endswith("0") else None for task in tasks]


declare("Project", id=Column("id"), name=Column("name"), tasks=Batched(tasks_of))
declare("Task", id=Column("id"), title=Column("title"), status=Column("status"), assignee=Batched(assignees_of))
declare("Worker", name=Column("name"))


def projects(_info: Any, first: int) -> list[Thing]:
    return [Thing(id=n, name=f"P{n}") for n in range(first)]


def block(language: str) -> str:
    """The first example in this language."""
    return PAGE.split(f"```{language}\n")[1].split("```")[0].strip()


def test_the_page_shows_the_plan_as_it_is() -> None:
    assert explain(SCHEMA, parse(block("graphql")), {"few": False}).strip() == block("text")


async def test_the_operation_is_answered(way: Way) -> None:
    data = await way.data(SCHEMA, block("graphql"), Thing(projects=projects), variable_values={"few": False})
    ann = {"__typename": "Worker", "name": "Ann"}
    assert data["projects"] == [
        {
            "id": str(n),
            "name": f"P{n}",
            "tasks": [
                {"title": f"{n}.0", "status": "TODO", "assignee": ann},
                {"title": f"{n}.1", "status": "TODO", "assignee": None},
            ],
        }
        for n in range(2)
    ]
