"""Filter and order of audit entries."""

import re

from inputs.filter_parser import id_types
from inputs.filter_types import filter_input
from inputs.nouns import type_name
from inputs.order_by import order_input
from models import AuditEntry
from models.audit_entry import ActorKind
from queries.filters import ALL_ROWS, Compare, Condition

_PREFIX = re.compile("[a-z]+(_[a-z]+)*")
_ACTOR_KINDS = {"user": (ActorKind.USER, ActorKind.SUPERUSER), "api_key": (ActorKind.API_KEY,)}


def _is_object(prefix: str) -> Condition | None:
    """The types of old entries need not exist any more."""
    return Compare("noun", "eq", type_name(prefix)) if _PREFIX.fullmatch(prefix) else None


def _is_actor(prefix: str) -> Condition | None:
    kinds = _ACTOR_KINDS.get(prefix)
    return Compare("actor_kind", "in", kinds) if kinds else None


@filter_input(
    AuditEntry,
    *("id", "noun", "object_id", "version", "action", "actor_kind", "actor_id", "changed_fields"),
    "impersonator_id",
    *("request_id", "operation", "address", "created_at"),
    through=["user"],
    aliases={"user": "tenant_user"},
)
class AuditEntryWhere: ...


AuditEntryOrder = order_input(
    AuditEntry,
    "id",
    "noun",
    "object_id",
    "version",
    "action",
    "actor_kind",
    "created_at",
    through=["user"],
    aliases={"user": "tenant_user"},
)
id_types["audit_entry", "object_id"] = _is_object
id_types["audit_entry", "actor_id"] = _is_actor
id_types["audit_entry", "impersonator_id"] = lambda prefix: ALL_ROWS if prefix == "user" else None
