"""The example operation of docs/executor.md has the plan and the result that the page shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLObjectType, build_schema, parse

from executor import EXECUTOR_EXTENSION, AttributeField, BatchedField, FieldDeclaration, build_resolver, explain
from server.config.paths import PROJECT_ROOT
from tests.executor.executor_helpers import OperationRunner, Record

PAGE = (PROJECT_ROOT / "docs/executor.md").read_text()
SCHEMA = build_schema("""
    type Query { projects(first: Int = 20): [Project!]! }
    type Project { id: ID!, name: String!, tasks(first: Int = 20): [Task!]! }
    type Task { id: ID!, title: String!, status: Status!, assignee: Worker }
    type Worker { name: String }
    enum Status { TODO DONE }
""")


def add_declarations(type_name: str, **declarations: FieldDeclaration) -> None:
    """Add declarations to a type's fields."""
    type_ = SCHEMA.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    for name, declaration in declarations.items():
        type_.fields[name].extensions = {EXECUTOR_EXTENSION: declaration}
        type_.fields[name].resolve = build_resolver(declaration)


async def load_tasks(_context: Any, projects: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
    return [
        [Record(title=f"{project.id}.{n}", status="TODO") for n in range(arguments["first"])] for project in projects
    ]


async def load_assignees(_context: Any, tasks: Sequence[Any], _arguments: Mapping[str, Any]) -> list[Any]:
    return [Record(name="Ann") if task.title.endswith("0") else None for task in tasks]


add_declarations("Project", id=AttributeField("id"), name=AttributeField("name"), tasks=BatchedField(load_tasks))
add_declarations(
    "Task",
    id=AttributeField("id"),
    title=AttributeField("title"),
    status=AttributeField("status"),
    assignee=BatchedField(load_assignees),
)
add_declarations("Worker", name=AttributeField("name"))


def resolve_projects(_info: Any, first: int) -> list[Record]:
    return [Record(id=n, name=f"P{n}") for n in range(first)]


def code_block(language: str) -> str:
    """Return the page's first code block in this language."""
    return PAGE.split(f"```{language}\n")[1].split("```")[0].strip()


def test_page_shows_the_plan() -> None:
    assert explain(SCHEMA, parse(code_block("graphql")), {"few": False}).strip() == code_block("text")


async def test_operation_has_the_documented_result(runner: OperationRunner) -> None:
    data = await runner.data(
        SCHEMA, code_block("graphql"), Record(projects=resolve_projects), variable_values={"few": False}
    )
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
