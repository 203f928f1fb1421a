"""Inputs, filter and order of workers."""

from inputs.derive import create_input, update_input
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Worker


@create_input(Worker, "name", "email", "team_id")
class CreateWorkerInput: ...


@update_input(Worker, "name", "email", "team_id")
class UpdateWorkerInput: ...


@filter_input(
    Worker,
    *("id", "name", "email", "team_id", "created_at", "updated_at"),
    through=["team", "tasks", "assigned_tasks"],
)
class WorkerWhere: ...


WorkerOrder = order_input(Worker, "id", "name", "email", "created_at", "updated_at")
