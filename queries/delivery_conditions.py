"""Conditions on deliveries of a webhook, for statements that are scoped."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Uuid, and_, bindparam

from models.webhook_delivery import DeliveryStatus

WEBHOOK = bindparam("webhook", type_=Uuid())
"""The parameter :webhook, the id of a webhook."""


def is_pending(delivery: FromClause) -> ColumnElement[bool]:
    """Return the condition for the pending deliveries of :webhook."""
    return and_(delivery.c.webhook_id == WEBHOOK, delivery.c.status == _literal(DeliveryStatus.PENDING, delivery))


def _literal(status: DeliveryStatus, delivery: FromClause) -> ColumnElement[Any]:
    """Return a value that is no parameter: PostgreSQL uses the indexes of pending deliveries only if it knows it."""
    return bindparam(None, status, type_=delivery.c.status.type, literal_execute=True)
