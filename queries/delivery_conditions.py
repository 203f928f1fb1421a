"""Conditions on deliveries of a webhook, for statements that are scoped."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Uuid, and_, bindparam, select

from models import WebhookDelivery
from models.relations import table_of
from models.webhook_delivery import DeliveryStatus
from queries.scope import visible

WEBHOOK = bindparam("webhook", type_=Uuid())
"""The parameter :webhook, the id of a webhook."""


def has_earlier(delivery: FromClause) -> ColumnElement[bool]:
    """Return whether an earlier delivery of the same object is pending, for a delivery of :webhook."""
    earlier = table_of(WebhookDelivery).alias("earlier")
    is_same = and_(is_pending(earlier), earlier.c.object_id == delivery.c.object_id)
    is_before = earlier.c.number < delivery.c.number
    return select(earlier.c.id).where(visible(earlier), is_same, is_before).exists()


def is_pending(delivery: FromClause) -> ColumnElement[bool]:
    """Return the condition for the pending deliveries of :webhook."""
    return and_(delivery.c.webhook_id == WEBHOOK, delivery.c.status == _literal(DeliveryStatus.PENDING, delivery))


def _literal(status: DeliveryStatus, delivery: FromClause) -> ColumnElement[Any]:
    """Return a value that is no parameter: PostgreSQL uses the indexes of pending deliveries only if it knows it."""
    return bindparam(None, status, type_=delivery.c.status.type, literal_execute=True)
