"""Inputs, filter and order of tasks."""

from inputs.derive import create_input, update_input
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Task

WRITABLE = ("title", "description", "status", "priority", "due_date", "project_id", "assignee_id")


@create_input(Task, *WRITABLE)
class CreateTaskInput: ...


@update_input(Task, *WRITABLE)
class UpdateTaskInput: ...


@filter_input(Task, "id", *WRITABLE, "created_at", "updated_at", through=["project", "assignee", "workers"])
class TaskWhere: ...


TaskOrder = order_input(Task, "id", "title", "status", "priority", "due_date", "created_at", "updated_at")
