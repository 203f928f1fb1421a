"""What is asked of every contender."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Shape(StrEnum):
    """The form of an operation; each contender has a document, or a path, for each of them."""

    TREE = "tree"
    LIST = "list"
    ONE = "one"
    DEEP = "deep"
    TYPENAME = "typename"
    CREATE = "create"


@dataclass(frozen=True)
class Workload:
    """An operation with its page sizes."""

    name: str
    shape: Shape
    about: str
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether it leaves rows behind."""
        return self.shape is Shape.CREATE


WORKLOADS = {
    each.name: each
    for each in (
        Workload("nested", Shape.TREE, "20 projects by 20 tasks by assignee", {"projects": 20, "tasks": 20}),
        Workload("list", Shape.LIST, "100 tasks, all scalars", {"tasks": 100}),
        Workload("one", Shape.ONE, "one task by its id, all scalars"),
        Workload(
            "deep",
            Shape.DEEP,
            "10 projects by 10 tasks by workers by team",
            {"projects": 10, "tasks": 10, "workers": 5},
        ),
        Workload("typename", Shape.TYPENAME, "{ __typename }"),
        Workload("create", Shape.CREATE, "createTask, all scalars back"),
    )
}

# Of the set's ten thousand tasks a tenant, the last step reads about half: 100 projects, each with all of its tasks.
GROWTH = [
    Workload(f"tree {projects}x{tasks}", Shape.TREE, "growth", {"projects": projects, "tasks": tasks})
    for projects, tasks in ((5, 10), (8, 20), (20, 25), (50, 30), (100, 100))
]

NEW_TASK: Mapping[str, Any] = {
    "title": "Measure the beds by the pond",
    "description": "Twice, and write it into the book.",
    "status": "IN_PROGRESS",
    "priority": "HIGH",
    "dueDate": "2027-03-01",
}
"""What createTask is given, besides a project and an assignee."""
