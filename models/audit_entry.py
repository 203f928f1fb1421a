"""An entry of the audit: who changed which object, when, and from what to what.

Entries are append-only. They are also the log that the change feed reads (models/log.py).
"""

import datetime
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlmodel import Field

from models import log
from models.base import TenantRow, utc_now
from models.choices import Choice
from models.fields import any_reference, json_object, names, optional_integer, required_choice, short_text, timestamp
from models.ids import new_id
from models.relations import BelongsTo, HasMany, Relation
from models.scopes import Domain

MAX_OPERATION_LENGTH = 100


class AuditAction(Choice):
    """What was done to an object."""

    CREATED = "CREATED", "It was created. `after` contains its fields."
    UPDATED = "UPDATED", "Fields were changed."
    DELETED = "DELETED", "It was deleted. `before` contains its fields, unless it can be restored."
    RESTORED = "RESTORED", "It was deleted, and was restored."
    LINKED = "LINKED", "It was linked to another object, as a worker to a task. The other object has an entry as well."
    UNLINKED = "UNLINKED", "A link to another object was removed. The other object has an entry as well."
    BASELINE = (
        "BASELINE",
        "It existed when the audit began, or when older entries were deleted. `after` contains its fields, or a link.",
    )
    PURGED = "PURGED", "The contents of its earlier entries were removed."
    PRUNED = "PRUNED", "Old entries of the tenant were deleted."


class ActorKind(Choice):
    """The kind of the actor who made a change."""

    USER = "USER", "A user, as a member of the tenant or for their own account."
    API_KEY = "API_KEY", "A program with an API key."
    SUPERUSER = "SUPERUSER", "A superuser of the server who is not acting as a member of the tenant."
    OPERATOR = "OPERATOR", "The operator of the server, with a command, or the server itself."
    ANONYMOUS = "ANONYMOUS", "A client that was not signed in."


class AuditEntry(TenantRow, table=True):
    """A recorded change of one object."""

    domain = Domain.HISTORY
    __tablename__ = "audit_entry"
    append_only: ClassVar[bool] = True
    is_log: ClassVar[bool] = True
    log_parts = ("noun",)
    emptied_by_purge = ("before", "after")
    often_same: ClassVar[tuple[str, ...]] = (
        *("noun", "version", "action", "before", "changed_fields"),
        *("created_at", "visible_only_to_id"),
    )
    sort_indexes = ("object_id", "actor_id", "created_at")
    relations: ClassVar[Mapping[str, Relation]] = {
        "user": BelongsTo("user", "actor_id", "The user who acted; null for other actors, and for former members.")
    }

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True, description="The globally unique id.")
    noun: str = short_text("The type of the object, such as `Task`.", max_length=50)
    object_id: uuid.UUID = any_reference("The id of the object.")
    version: int | None = optional_integer("The object's version after the change; null for links.")
    action: AuditAction = required_choice(AuditAction, "What was done.")
    actor_kind: ActorKind = required_choice(ActorKind, "The kind of the actor.")
    actor_id: uuid.UUID | None = any_reference("The id of the user or API key; null for other actors.", default=None)
    impersonator_id: uuid.UUID | None = any_reference(
        "The id of the superuser who acted as the user; null if the actor acted in person.", default=None
    )
    before: dict[str, Any] = json_object("The changed fields before the change.")
    after: dict[str, Any] = json_object("The changed fields after the change.")
    changed_fields: str = names("The names of the changed fields.", max_length=2000)
    request_id: str | None = short_text("The id of the request.", max_length=128, default=None)
    operation: str | None = short_text(
        "The name of the GraphQL operation.", max_length=MAX_OPERATION_LENGTH, default=None
    )
    address: str | None = short_text("The IP address of the client.", max_length=45, default=None)
    user_agent: str | None = short_text("The User-Agent of the client.", max_length=255, default=None)
    created_at: datetime.datetime = timestamp("When the object was changed.", default_factory=utc_now)
    visible_only_to_id: uuid.UUID | None = any_reference(
        "The only user, besides admins, who may see that the object changed; null if all may who see such objects.",
        default=None,
    )
    epoch: int = log.epoch()
    log_transaction: int = log.log_transaction()
    position: int = log.position("audit_entry")


HISTORY = HasMany(
    "audit_entry", "object_id", "The audit entries of the object, for admins and owners; otherwise empty."
)
"""The relation of every audited object to its entries."""
