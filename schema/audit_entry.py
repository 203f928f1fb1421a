"""Audit entry: type and query."""

from typing import Any

import strawberry

from models import AuditEntry
from models.audit_entry import ActorKind
from models.ids import public_id
from resolvers.changes import object_id
from schema.connection import connection_type
from schema.derive import field_description, object_type
from schema.fields import computed_field
from schema.impersonation import impersonator_id_field, impersonator_name_field
from schema.node import Node
from schema.relations import to_one
from schema.root_fields import list_field
from services.core.access import Access


def _actor_id(row: Any) -> str | None:
    prefix = "api_key" if row.actor_kind == ActorKind.API_KEY else "user"
    return None if row.actor_id is None else public_id(prefix, row.actor_id)


def changed_fields(row: Any) -> list[str]:
    names: list[str] = row.changed_fields.split()
    return names


@object_type(
    AuditEntry,
    *("id", "noun", "version", "action", "actor_kind", "before", "after"),
    *("request_id", "operation", "address", "user_agent", "created_at"),
)
class AuditEntryType(Node):
    object_id = computed_field(
        object_id, strawberry.ID, field_description(AuditEntry, "object_id"), "noun", "object_id"
    )
    actor_id = computed_field(
        _actor_id, strawberry.ID | None, field_description(AuditEntry, "actor_id"), "actor_kind", "actor_id"
    )
    changed_fields = computed_field(
        changed_fields, list[str], field_description(AuditEntry, "changed_fields"), "changed_fields"
    )
    user = to_one(AuditEntry, "user")
    impersonator_id = impersonator_id_field(field_description(AuditEntry, "impersonator_id"))
    impersonator_name = impersonator_name_field()


AuditEntryConnection = connection_type("audit_entry")


@strawberry.type
class AuditQueries:
    audit_log = list_field(
        "audit_entry",
        access=Access.ADMIN,
        description="The audit of the current tenant: every change of an object, with its actor.",
    )
