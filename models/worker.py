"""A worker: a person that tasks can be assigned to."""

import uuid

from models.base import TenantRecord
from models.fields import email, external_id, member_reference, reference, short_text
from models.relations import BelongsTo, HasMany, ManyToMany
from models.scopes import Domain


class Worker(TenantRecord, table=True):
    """A person that tasks can be assigned to. A worker may be linked to the account of a member."""

    domain = Domain.WORK
    sort_indexes = ("name",)
    unique_together = (("email",), ("external_id",), ("user_id",))
    relations = {
        "team": BelongsTo("team", "team_id", "The team they belong to."),
        "user": BelongsTo("user", "user_id", "The account of the worker; null if they are linked to none."),
        "tasks": ManyToMany("task", "task_worker", "worker_id", "task_id", "The tasks they work on."),
        "assigned_tasks": HasMany("task", "assignee_id", "The tasks they are responsible for."),
    }

    name: str = short_text("The name of the worker.", max_length=100)
    email: str | None = email("The email address of the worker; unique within the tenant.", default=None)
    team_id: uuid.UUID | None = reference("team", "The id of the team they belong to.")
    external_id: str | None = external_id("worker")
    user_id: uuid.UUID | None = member_reference(
        "The id of the user whose account the worker is linked to: a member of the tenant, linked to no other worker."
    )
