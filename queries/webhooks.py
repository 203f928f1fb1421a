"""Statements of the queue of webhooks. Those that the dispatcher executes again and again are cached."""

from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select

from models import Tenant, Webhook, WebhookDelivery
from models.base import UTCDateTime
from models.relations import table_of
from queries.delivery_conditions import WEBHOOK, has_earlier, is_pending
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
    """Select :limit deliveries of :webhook that are due at :now, except those in :keys, and those whose object has an
    earlier one."""
    delivery = table_of(WebhookDelivery)
    conditions = [is_pending(delivery), delivery.c.next_attempt_at <= _NOW, ~any_of(delivery.c.id, KEYS_PARAM)]
    if tests_only:
        conditions.append(delivery.c.is_test)
    query = select(delivery).where(visible(delivery), *conditions, ~has_earlier(delivery))
    return query.order_by(delivery.c.next_attempt_at, delivery.c.number).limit(_LIMIT)


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
