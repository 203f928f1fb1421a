"""Task: type, queries and mutations."""

import strawberry

from models import Task
from resolvers import task
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import delete_mutation, row_mutation
from schema.node import Node
from schema.relations import to_many, to_one
from schema.root_fields import list_field, object_field
from services.core.access import Access

_COLUMNS = ("id", "title", "description", "status", "priority", "due_date", "created_at", "updated_at", "version")


@object_type(Task, *_COLUMNS)
class TaskType(Node):
    project = to_one(Task, "project")
    assignee = to_one(Task, "assignee")
    workers = to_many(Task, "workers")


TaskConnection = connection_type("task")


@strawberry.type
class TaskQueries:
    task = object_field("task", access=Access.MEMBER, description="A task by its id; null if it does not exist.")
    tasks = list_field("task", access=Access.MEMBER, description="All tasks of the current tenant.")


@strawberry.type
class TaskMutations:
    create_task = row_mutation("task", task.create_task, access=Access.MEMBER, description="Create a task.")
    update_task = row_mutation(
        "task", task.update_task, access=Access.MEMBER, description="Update a task, including its project and assignee."
    )
    delete_task = delete_mutation(
        "task",
        task.delete_task,
        access=Access.MEMBER,
        description="Delete a task and its assignments. The workers remain.",
    )
    assign_workers = row_mutation(
        "task",
        task.assign_workers,
        access=Access.MEMBER,
        description="Add workers to a task. Workers already on it remain; the assignee does not change.",
    )
    unassign_workers = row_mutation(
        "task",
        task.unassign_workers,
        access=Access.MEMBER,
        description="Remove workers from a task. The assignee does not change.",
    )
