"""Statements of the queue of webhooks. Those that the dispatcher executes again and again are cached."""

from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select

from models import Tenant, Webhook, WebhookDelivery
from models.base import UTCDateTime
from models.relations import table_of
from queries.delivery_conditions import WEBHOOK, is_pending
from queries.key_list import KEYS_PARAM, any_of
from queries.scope import in_current_tenant, visible
from queries.statement_cache import cached_statement

_NOW = bindparam("now", type_=UTCDateTime())
_LIMIT = bindparam("limit", type_=Integer())


@cached_statement
def select_webhook() -> Select[Any]:
    """Select the webhook :webhook, unless its tenant is closed."""
    webhook, tenant = table_of(Webhook), table_of(Tenant)
    is_open = select(tenant.c.id).where(visible(tenant), in_current_tenant(tenant)).exists()
    return select(webhook).where(visible(webhook), webhook.c.id == WEBHOOK, is_open)


@cached_statement
def select_due(tests_only: bool) -> Select[Any]:  # noqa: FBT001 -- the key of a cache
    """Select :limit deliveries of :webhook that are due at :now, except those in :keys."""
    delivery = table_of(WebhookDelivery)
    conditions = [is_pending(delivery), delivery.c.next_attempt_at <= _NOW, ~any_of(delivery.c.id, KEYS_PARAM)]
    if tests_only:
        conditions.append(delivery.c.is_test)
    query = select(delivery).where(visible(delivery), *conditions)
    return query.order_by(delivery.c.next_attempt_at, delivery.c.number).limit(_LIMIT)


@cached_statement
def select_first_numbers(of_keys: bool) -> Select[Any]:  # noqa: FBT001 -- the key of a cache
    """Select the number of the first pending delivery of :webhook for each object, or for the objects in :keys.

    That others wait for these is decided in Python: for a join of pending deliveries, PostgreSQL chooses plans that
    compare all of them with each other, while the statistics of the table do not show how many there are."""
    delivery = table_of(WebhookDelivery)
    conditions = [is_pending(delivery), delivery.c.object_id.is_not(None)]
    if of_keys:
        conditions.append(any_of(delivery.c.object_id, KEYS_PARAM))
    columns = (delivery.c.object_id, func.min(delivery.c.number).label("number"))
    return select(*columns).where(visible(delivery), *conditions).group_by(delivery.c.object_id)


@cached_statement
def select_next_time(tests_only: bool) -> Select[Any]:  # noqa: FBT001 -- the key of a cache
    """Select when the next delivery of :webhook is due, as `time`."""
    delivery = table_of(WebhookDelivery)
    conditions = [is_pending(delivery), delivery.c.next_attempt_at.is_not(None)]
    if tests_only:
        conditions.append(delivery.c.is_test)
    return select(func.min(delivery.c.next_attempt_at).label("time")).where(visible(delivery), *conditions)


@cached_statement
def select_pending_after(number: int) -> Select[Any]:
    """Select a pending delivery of :webhook if there are more than so many."""
    delivery = table_of(WebhookDelivery)
    return select(delivery.c.id).where(visible(delivery), is_pending(delivery)).offset(number).limit(1)
