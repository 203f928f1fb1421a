"""Tasks."""

from models import Task
from resolvers import task
from schema.mutations import row_mutation
from schema.noun import BulkOperation, Noun, Operation
from services.core.access import Access

TASK = Noun(
    Task,
    fields=("title", "description", "status", "priority", "due_date", "external_id"),
    relations=("project", "assignee", "workers"),
    writable=("title", "description", "status", "priority", "due_date", "project_id", "assignee_id", "external_id"),
    sortable=("title", "status", "priority", "due_date"),
    read=Access.MEMBER,
    write=Access.MEMBER,
    update=Operation(description="Update a task, including its project and assignee."),
    delete=Operation(description="Delete a task and its assignments. The workers remain."),
    upsert=Operation(),
    bulk_create=BulkOperation(),
    bulk_update=BulkOperation(),
    bulk_delete=BulkOperation(),
    mutations={
        "assign_workers": row_mutation(
            "task",
            task.assign_workers,
            access=Access.MEMBER,
            description="Add workers to a task. Workers already on it remain; the assignee does not change.",
        ),
        "unassign_workers": row_mutation(
            "task",
            task.unassign_workers,
            access=Access.MEMBER,
            description="Remove workers from a task. The assignee does not change.",
        ),
    },
)
