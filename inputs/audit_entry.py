"""Filter and order of audit entries."""

from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import AuditEntry


@filter_input(
    AuditEntry,
    *("id", "noun", "object_id", "version", "action", "actor_kind", "actor_id", "changed_fields"),
    *("request_id", "operation", "address", "created_at"),
    through=["user"],
    aliases={"user": "tenant_user"},
)
class AuditEntryWhere: ...


AuditEntryOrder = order_input(AuditEntry, "id", "noun", "object_id", "version", "action", "actor_kind", "created_at")
