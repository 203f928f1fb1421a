"""What clients send about tasks."""

from models import Task
from schema.inputs.derive import changes, creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters

WRITTEN = ("title", "description", "status", "priority", "due_date", "project_id", "assignee_id")


@creates(Task, *WRITTEN)
class CreateTaskInput: ...


@changes(Task, *WRITTEN)
class UpdateTaskInput: ...


@filters(Task, "id", *WRITTEN, "created_at", "updated_at", through=["project", "assignee", "workers"])
class TaskWhere: ...


TaskOrder = order_input(Task, "id", "title", "status", "priority", "due_date", "created_at", "updated_at")
