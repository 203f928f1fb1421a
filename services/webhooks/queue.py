"""The queue of a webhook: changes become deliveries in the order of the change feed, and those of one object are sent
one after the other.

Only the first pending delivery of an object has a time for its next attempt. When it has succeeded or failed for good,
the next one gets its time (`let_next_proceed`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, update

from database.authentication import SystemCredentials
from database.engine import Database
from database.reader import Reader
from models import Webhook, WebhookDelivery
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from models.webhook import WebhookState
from queries.delivery_conditions import has_earlier, is_pending
from queries.key_list import any_of, key_list_param
from queries.scope import visible
from queries.webhooks import select_due, select_next_time, select_pending_after, select_webhook
from services.core.change_feed import ChangePage, ChangeRequest, read_changes
from services.core.change_filter import ChangeFilter
from services.core.unit_of_work import UnitOfWork
from services.webhooks.delivery_rows import build_row

CHANGES_AT_ONCE = 200
MAX_PENDING = 10_000
"""How many deliveries of a webhook may be pending before no more changes are read: they wait in the change feed."""


async def load_webhook(reader: Reader, id: UUID) -> Any:
    """Return the webhook; None if it or its tenant does not exist any more."""
    return await reader.row(select_webhook(), webhook=id)


async def read_new_changes(database: Database, webhook: Any, where: ChangeFilter, retention: timedelta) -> ChangePage:
    """Read the changes that match and that the webhook's role sees, after those that are queued. Raise CursorExpired if
    some are no longer retained."""
    reader = Reader(database, SystemCredentials(tenant_id=webhook.tenant_id, role=Role[webhook.role.name]))
    try:
        request = ChangeRequest(CHANGES_AT_ONCE, webhook.cursor, where, retention)
        return await read_changes(reader, request)
    finally:
        await reader.close()


async def queue_changes(work: UnitOfWork, webhook: Any, page: ChangePage) -> bool:
    """Queue a page of changes that was read for the webhook. Return whether it was queued: not if the webhook was
    changed meanwhile."""
    changes = [row for row in page.rows if row.object_id != webhook.id]  # not those that the webhook itself causes
    table = table_of(Webhook)
    is_unchanged = (table.c.id == webhook.id, table.c.cursor == webhook.cursor, table.c.version == webhook.version)
    is_active = table.c.state == WebhookState.ACTIVE
    values = {"cursor": page.end_cursor, "next_number": table.c.next_number + len(changes)}
    moved = update(table).where(visible(table), *is_unchanged, is_active).values(values)
    rows = await work.rows(moved.returning(table.c.next_number))
    if not rows:
        return False
    if changes:
        first, now = rows[0].next_number - len(changes), utc_now()
        deliveries = [build_row(row, webhook.id, first + index, now) for index, row in enumerate(changes)]
        await work.insert_untracked(WebhookDelivery, deliveries)
        await let_next_proceed(work, webhook.id, {row.object_id for row in changes})
    return True


async def take_number(work: UnitOfWork, webhook_id: UUID) -> int | None:
    """Return the number of the next delivery of the webhook; None if it does not exist."""
    table = table_of(Webhook)
    taken = update(table).where(visible(table), table.c.id == webhook_id).values(next_number=table.c.next_number + 1)
    rows = await work.rows(taken.returning(table.c.next_number))
    return rows[0].next_number - 1 if rows else None


async def let_next_proceed(work: UnitOfWork, webhook_id: UUID, object_ids: Collection[UUID] | None = None) -> None:
    """Let the first pending delivery of each object, or of these, be attempted now, unless it has a time already."""
    delivery = table_of(WebhookDelivery)
    waits = and_(is_pending(delivery), delivery.c.next_attempt_at.is_(None), ~has_earlier(delivery))
    if object_ids is not None:
        waits = and_(waits, any_of(delivery.c.object_id, key_list_param(list(object_ids))))
    proceed = update(delivery).where(visible(delivery), waits).values(next_attempt_at=utc_now())
    await work.rows(proceed.returning(delivery.c.id), webhook=webhook_id)


async def find_due(
    reader: Reader, webhook_id: UUID, running: Sequence[UUID], limit: int, *, tests_only: bool
) -> Sequence[Any]:
    """Return deliveries that are due, except those that are running and those whose object has an earlier one."""
    parameters = {"webhook": webhook_id, "now": utc_now(), "keys": running, "limit": limit}
    return await reader.rows(select_due(tests_only), **parameters)


async def find_next_time(reader: Reader, webhook_id: UUID, *, tests_only: bool) -> datetime | None:
    """Return when the next delivery is due; None if none is pending."""
    row = await reader.row(select_next_time(tests_only), webhook=webhook_id)
    return None if row is None else row.time


async def is_full(reader: Reader, webhook_id: UUID) -> bool:
    """Return whether so many deliveries are pending that no more changes are read."""
    return await reader.row(select_pending_after(MAX_PENDING - 1), webhook=webhook_id) is not None
