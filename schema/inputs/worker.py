"""What clients send about workers."""

from models import Worker
from schema.inputs.derive import changes, creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@creates(Worker, "name", "email", "team_id")
class CreateWorkerInput: ...


@changes(Worker, "name", "email", "team_id")
class UpdateWorkerInput: ...


@filters(
    Worker,
    *("id", "name", "email", "team_id", "created_at", "updated_at"),
    through=["team", "tasks", "assigned_tasks"],
)
class WorkerWhere: ...


WorkerOrder = order_input(Worker, "id", "name", "email", "created_at", "updated_at")
