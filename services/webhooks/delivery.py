"""Deliveries as clients manage them: tests, and deliveries that are sent again."""

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, select, update

from models import Webhook, WebhookDelivery
from models.base import utc_now
from models.relations import table_of
from models.webhook_delivery import DeliveryStatus
from queries.scope import visible
from services.core import records
from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.unit_of_work import UnitOfWork
from services.webhooks.delivery_rows import build_test
from services.webhooks.queue import let_next_proceed, take_number
from services.webhooks.webhook import WebhookServices, wake

MAX_PENDING_TESTS = 10
MAX_DELETED_ROWS = 1000
_AGAIN: dict[str, Any] = {"status": DeliveryStatus.PENDING, "attempts": 0, "next_attempt_at": None}


async def send_test(work: UnitOfWork, services: WebhookServices, webhook_id: UUID) -> WebhookDelivery:
    """Queue a test, which is sent once and also if the webhook is paused or disabled."""
    webhook: Webhook = await work.get_for_update(Webhook, webhook_id, "id")
    pending = {"webhook_id": webhook_id, "status": DeliveryStatus.PENDING, "is_test": True}
    if await records.count(work, WebhookDelivery, **pending) >= MAX_PENDING_TESTS:
        message, params = "Wait until earlier tests have ended.", ProblemParams(max=MAX_PENDING_TESTS)
        raise Rejected(Problem(Code.OUT_OF_RANGE, ("id",), message, params))
    number = await take_number(work, webhook.id)
    assert number is not None  # noqa: S101 -- the webhook is locked
    test = build_test(webhook.id, number, utc_now())
    await work.add(test)
    await wake(work, services, webhook.id)
    return test


async def redeliver(work: UnitOfWork, services: WebhookServices, id: UUID) -> WebhookDelivery:
    """Send a delivery again that has succeeded or failed, before later ones of the same object."""
    delivery: WebhookDelivery = await work.get_for_update(WebhookDelivery, id, "id")
    if delivery.status is DeliveryStatus.PENDING:
        message = "The delivery is pending already."
        raise Rejected(Problem(Code.WRONG_STATUS, ("id",), message), current=delivery)
    must_wait = not delivery.is_test and await _put_in_order(work, delivery)
    delivery.status, delivery.attempts = DeliveryStatus.PENDING, 0
    delivery.next_attempt_at = None if must_wait else utc_now()
    await work.flush()
    await wake(work, services, delivery.webhook_id)
    return delivery


async def _put_in_order(work: UnitOfWork, delivery: WebhookDelivery) -> bool:
    """Let later deliveries of the same object wait; return whether an earlier one is pending."""
    table = table_of(WebhookDelivery)
    is_pending = and_(table.c.webhook_id == delivery.webhook_id, table.c.status == DeliveryStatus.PENDING)
    is_of_object = (visible(table), is_pending, table.c.object_id == delivery.object_id)
    waits = update(table).where(*is_of_object, table.c.number > delivery.number).values(next_attempt_at=None)
    await work.rows(waits.returning(table.c.id))
    earlier = select(table.c.id).where(*is_of_object, table.c.number < delivery.number).limit(1)
    return bool(await work.rows(earlier))


async def redeliver_failed(
    work: UnitOfWork, services: WebhookServices, webhook_id: UUID, since: datetime.datetime
) -> int:
    """Send all deliveries again that have failed since a time, in their order. Return their number."""
    await work.get_for_update(Webhook, webhook_id, "id")
    table = table_of(WebhookDelivery)
    is_of_webhook = (visible(table), table.c.webhook_id == webhook_id, ~table.c.is_test)
    has_failed = (table.c.status == DeliveryStatus.FAILED, table.c.last_attempt_at >= since)
    again = update(table).where(*is_of_webhook, *has_failed).values(_AGAIN | {"updated_at": utc_now()})
    number = len(await work.rows(again.returning(table.c.id)))
    is_unsent = (table.c.status == DeliveryStatus.PENDING, table.c.attempts == 0)
    waits = update(table).where(*is_of_webhook, *is_unsent).values(next_attempt_at=None)
    await work.rows(waits.returning(table.c.id))
    await let_next_proceed(work, webhook_id)
    await wake(work, services, webhook_id)
    return number


async def delete_old(work: UnitOfWork, before: datetime.datetime) -> int:
    """Delete some deliveries of the tenant that have ended before a time. Return their number."""
    table, ended = table_of(WebhookDelivery), table_of(WebhookDelivery).alias("ended")
    is_old = (ended.c.status != DeliveryStatus.PENDING, ended.c.created_at < before, ended.c.updated_at < before)
    old = select(ended.c.id).where(visible(ended), *is_old).limit(MAX_DELETED_ROWS)
    return len(await work.rows(delete(table).where(visible(table), table.c.id.in_(old)).returning(table.c.id)))
