"""A worker: somebody who does tasks."""

import uuid

from models.base import TenantRecord
from models.fields import address, line, reference
from models.relations import Linked, Many, One


class Worker(TenantRecord, table=True):
    """Somebody who does tasks. Workers need no account."""

    unique_together = (("email",),)
    relations = {
        "team": One("team", "team_id", "The team they belong to."),
        "tasks": Linked("task", "task_worker", "worker_id", "task_id", "The tasks they work on."),
        "assigned_tasks": Many("task", "assignee_id", "The tasks they answer for."),
    }

    name: str = line("How people call them.", longest=100)
    email: str | None = address("Where to reach them; unique within the tenant.", default=None)
    team_id: uuid.UUID | None = reference("team", "The team they belong to.")
