"""Tasks in the contract."""

import strawberry

from models import Task
from resolvers import task
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes, deletes
from schema.node import Node
from schema.relations import many, one
from schema.roots import listing, single
from services.access import Access

SHOWN = ("id", "title", "description", "status", "priority", "due_date", "created_at", "updated_at", "version")


@shows(Task, *SHOWN)
class TaskType(Node):
    project = one(Task, "project")
    assignee = one(Task, "assignee")
    workers = many(Task, "workers")


TaskConnection = connection_of("task")


@strawberry.type
class TaskQueries:
    task = single("task", allows=Access.MEMBER, description="A task by its id; null if there is none.")
    tasks = listing("task", allows=Access.MEMBER, description="All tasks.")


@strawberry.type
class TaskMutations:
    create_task = changes("task", task.create_task, allows=Access.MEMBER, description="Create a task.")
    update_task = changes(
        "task", task.update_task, allows=Access.MEMBER, description="Change a task, its project and assignee included."
    )
    delete_task = deletes(
        "task",
        task.delete_task,
        allows=Access.MEMBER,
        description="Delete a task. Its links to workers go with it; the workers stay.",
    )
    assign_workers = changes(
        "task",
        task.assign_workers,
        allows=Access.MEMBER,
        description="Put workers on a task; those who are on it already stay. The assignee is not changed.",
    )
    unassign_workers = changes(
        "task",
        task.unassign_workers,
        allows=Access.MEMBER,
        description="Take workers off a task. The assignee is not changed.",
    )
