"""The workloads that every contender is measured with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Shape(StrEnum):
    """The form of an operation. Each contender has a document or a path for each shape."""

    TREE = "tree"
    LIST = "list"
    ONE = "one"
    DEEP = "deep"
    TYPENAME = "typename"
    CREATE = "create"
    PAGE = "page"
    AGGREGATE = "aggregate"
    SEARCH = "search"
    BULK = "bulk"
    FANOUT = "fanout"


@dataclass(frozen=True)
class Workload:
    """An operation with its page sizes; bench/README.md describes them."""

    name: str
    shape: Shape
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether the operation creates rows."""
        return self.shape in (Shape.CREATE, Shape.BULK, Shape.FANOUT)


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("nested", Shape.TREE, {"projects": 20, "tasks": 20}),
        Workload("list", Shape.LIST, {"tasks": 100}),
        Workload("one", Shape.ONE),
        Workload("deep", Shape.DEEP, {"projects": 10, "tasks": 10, "workers": 5}),
        Workload("typename", Shape.TYPENAME),
        Workload("create", Shape.CREATE),
        Workload("page", Shape.PAGE, {"tasks": 20, "offset": 2000}),
        Workload("aggregate", Shape.AGGREGATE),
        Workload("search", Shape.SEARCH, {"documents": 20}),
        Workload("bulk", Shape.BULK, {"tasks": 100}),
        Workload("fanout", Shape.FANOUT, {"subscribers": 50}),
    )
}

# The data set has ten thousand tasks per tenant. The last step reads about half: 100 projects with all of their tasks.
GROWTH_WORKLOADS = [
    Workload(f"tree {projects}x{tasks}", Shape.TREE, {"projects": projects, "tasks": tasks})
    for projects, tasks in ((5, 10), (8, 20), (20, 25), (50, 30), (100, 100))
]

SEARCHED_WORD = "greenhouse"
"""A word in one of twenty documents of the data set (bench/database.py)."""
DOCUMENTS = 2000

NEW_TASK: Mapping[str, Any] = {
    "title": "Measure the beds by the pond",
    "description": "Twice, and write it into the book.",
    "status": "IN_PROGRESS",
    "priority": "HIGH",
    "dueDate": "2027-03-01",
}
"""The input of createTask, without project and assignee."""
