"""The queue of a webhook: changes become deliveries in the order of the change feed, and those of one object are sent
one after the other.

Only the first pending delivery of an object has a time for its next attempt. When it has succeeded or failed for good,
the next one gets its time (`let_next_proceed`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import update

from database.authentication import SystemCredentials
from database.engine import Database
from database.reader import Reader
from models import Webhook, WebhookDelivery
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from models.webhook import WebhookState
from queries.delivery_conditions import is_pending
from queries.key_list import any_of, key_list_param
from queries.scope import visible
from queries.webhooks import (
    select_due,
    select_first_numbers,
    select_next_time,
    select_pending_after,
    select_webhook,
)
from services.core.access import RowSource
from services.core.change_feed import ChangePage, ChangeRequest, read_changes
from services.core.change_filter import ChangeFilter
from services.core.unit_of_work import UnitOfWork
from services.webhooks.delivery_rows import build_row

CHANGES_AT_ONCE = 200
CHUNK = 200
"""How many deliveries a statement lists."""
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
    first = list((await _find_first(work, webhook_id, object_ids)).values())
    delivery = table_of(WebhookDelivery)
    waits = (is_pending(delivery), delivery.c.next_attempt_at.is_(None))
    conditions = [delivery.c.number.in_(first[start : start + CHUNK]) for start in range(0, len(first), CHUNK)]
    for condition in conditions if object_ids is not None else [*conditions, delivery.c.is_test]:
        proceed = update(delivery).where(visible(delivery), *waits, condition).values(next_attempt_at=utc_now())
        await work.rows(proceed.returning(delivery.c.id), webhook=webhook_id)


async def _find_first(source: RowSource, webhook_id: UUID, object_ids: Collection[UUID] | None) -> dict[UUID, int]:
    """Return the number of the first pending delivery of each object, or of each of these."""
    keys = {} if object_ids is None else {"keys": list(object_ids)}
    rows = await source.rows(select_first_numbers(object_ids is not None), webhook=webhook_id, **keys)
    return {row.object_id: row.number for row in rows}


class Due(NamedTuple):
    """Deliveries that are due, and those among them that must wait for an earlier one of their object."""

    first: list[Any]
    waiting: list[Any]


async def find_due(reader: Reader, webhook_id: UUID, running: Sequence[UUID], limit: int, *, tests_only: bool) -> Due:
    """Return deliveries that are due, except those that are running."""
    parameters = {"webhook": webhook_id, "now": utc_now(), "keys": running, "limit": limit}
    rows = await reader.rows(select_due(tests_only), **parameters)
    object_ids = {row.object_id for row in rows} - {None}
    numbers = await _find_first(reader, webhook_id, object_ids) if object_ids else {}
    waiting = [row for row in rows if row.object_id is not None and row.number > numbers.get(row.object_id, row.number)]
    return Due([row for row in rows if row not in waiting], waiting)


async def let_wait(work: UnitOfWork, webhook_id: UUID, deliveries: Sequence[Any]) -> None:
    """Let deliveries wait for earlier ones of their objects, which were sent again after they had got their time."""
    delivery = table_of(WebhookDelivery)
    listed = any_of(delivery.c.id, key_list_param([row.id for row in deliveries]))
    wait = update(delivery).where(visible(delivery), is_pending(delivery), listed).values(next_attempt_at=None)
    await work.rows(wait.returning(delivery.c.id), webhook=webhook_id)


async def find_next_time(reader: Reader, webhook_id: UUID, *, tests_only: bool) -> datetime | None:
    """Return when the next delivery is due; None if none is pending."""
    row = await reader.row(select_next_time(tests_only), webhook=webhook_id)
    return None if row is None else row.time


async def is_full(reader: Reader, webhook_id: UUID) -> bool:
    """Return whether so many deliveries are pending that no more changes are read."""
    return await reader.row(select_pending_after(MAX_PENDING - 1), webhook=webhook_id) is not None
