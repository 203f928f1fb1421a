"""Projects."""

from models import Project
from models.task import TaskStatus
from schema.aggregates import group_counts
from schema.noun import Noun, Operation
from services.core.access import Access

PROJECT = Noun(
    Project,
    fields=("name", "description", "external_id"),
    relations=("tasks",),
    extra_fields={"task_counts": group_counts(Project, "tasks", "status", TaskStatus)},
    writable=("name", "description", "external_id"),
    sortable=("name",),
    upsert=Operation(),
    read=Access.MEMBER,
    write=Access.MEMBER,
)
