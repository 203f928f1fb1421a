"""The rows of new deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from models import WebhookDelivery
from models.webhook_delivery import DeliveryStatus
from services.core.change_feed import encode_cursor

_EMPTY: dict[str, Any] = {
    **dict.fromkeys(
        ("noun", "object_id", "action", "object_version", "request_id", "changed_at", "cursor", "last_attempt_at")
    ),
    **dict.fromkeys(("duration_ms", "response_status")),
    **dict.fromkeys(("changed_fields", "response_body", "error"), ""),
    "is_test": False,
    "status": DeliveryStatus.PENDING,
    "attempts": 0,
    "next_attempt_at": None,
    "version": 1,
}


def build_row(change: Any, webhook_id: UUID, number: int, now: datetime) -> dict[str, Any]:
    """Return the row of a delivery of a change. It waits for its turn (`let_next_proceed`)."""
    return _EMPTY | {
        "webhook_id": webhook_id,
        "number": number,
        "noun": change.noun,
        "object_id": change.object_id,
        "action": change.action,
        "changed_fields": change.changed_fields,
        "object_version": change.version,
        "request_id": change.request_id,
        "changed_at": change.created_at,
        "cursor": encode_cursor(change),
        "created_at": now,
        "updated_at": now,
    }


def build_test(webhook_id: UUID, number: int, now: datetime) -> WebhookDelivery:
    """Return a delivery that tests the endpoint."""
    values = _EMPTY | {"webhook_id": webhook_id, "number": number, "is_test": True, "next_attempt_at": now}
    return WebhookDelivery(**values, created_at=now, updated_at=now)
