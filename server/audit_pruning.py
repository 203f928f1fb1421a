"""Deletes old audit entries, and the contents of the entries of an object.

Deleting requires the role that owns the table: each transaction lifts the triggers that protect the entries, and puts
them back. Emptying does not: the triggers permit it for objects that have an entry PURGED.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from database.append_only import disable_append_only_triggers
from database.authentication import set_tenant
from database.engine import Database
from database.log_order import LogOrder, executes_on
from models import AuditEntry, Tenant
from models.audit_entry import ActorKind, AuditAction
from models.base import utc_now
from models.ids import new_id, new_id_at
from models.relations import table_of
from services.core.audit_values import serialize_time
from services.core.history import ObjectHistory, load_histories

BATCH = 1000
"""The number of objects whose entries one transaction deletes."""
_TABLE = str(AuditEntry.__tablename__)
_INSTANT = datetime.timedelta(microseconds=1)

Row = dict[str, Any]


async def prune_tenant(database: Database, tenant_id: UUID, before: datetime.datetime) -> int:
    """Delete a tenant's entries from before a time, and return their number. Each object that existed then gets a
    baseline. The tenant's own entry is first: from its new baseline on, earlier states count as not known."""
    deleted, remaining = 0, True
    while remaining:
        async with database.write_engine.begin() as connection:
            number = await _prune_batch(connection, tenant_id, before, database.log_order)
        deleted, remaining = deleted + number, bool(number)
    return deleted


async def purge_object(connection: AsyncConnection, tenant_id: UUID, object_id: UUID, order: LogOrder) -> int:
    """Remove the contents of all entries of an object, and return their number."""
    table = table_of(AuditEntry)
    await set_tenant(connection, tenant_id)
    of_object = (table.c.tenant_id == tenant_id, table.c.object_id == object_id)
    nouns = (await connection.execute(select(table.c.noun).where(*of_object).limit(1))).all()
    if not nouns:
        return 0
    entry = operator_entry(tenant_id, nouns[0].noun, object_id, AuditAction.PURGED)
    await connection.execute(insert(table), [entry | order.row_values])  # first, since the triggers require it
    is_earlier = table.c.id != entry["id"]
    emptied = await connection.execute(update(table).where(*of_object, is_earlier).values(before={}, after={}))
    await order.number_rows(executes_on(connection), tenant_id)
    return emptied.rowcount


async def _prune_batch(connection: AsyncConnection, tenant_id: UUID, before: datetime.datetime, order: LogOrder) -> int:
    table = table_of(AuditEntry)
    await set_tenant(connection, tenant_id)
    is_old = (table.c.tenant_id == tenant_id, table.c.created_at < before, table.c.action != AuditAction.PRUNED)
    is_tenant = table.c.object_id == tenant_id
    query = select(table.c.noun, table.c.object_id, is_tenant.label("is_tenant")).where(*is_old).distinct()
    objects = (await connection.execute(query.order_by(is_tenant.desc(), table.c.noun).limit(BATCH))).all()
    if not objects:
        return 0
    added = [
        baseline
        for noun, group in groupby(objects, attrgetter("noun"))
        for baseline in await _build_baselines(connection, tenant_id, noun, [row.object_id for row in group], before)
    ]
    ids = [row.object_id for row in objects]
    is_deleted = (*is_old, table.c.object_id.in_(ids))
    ((number,),) = (await connection.execute(select(func.count()).select_from(table).where(*is_deleted))).all()
    pruned = {"before": serialize_time(before), "entries": number}
    added.append(operator_entry(tenant_id, Tenant.__name__, tenant_id, AuditAction.PRUNED) | {"after": pruned})
    rows = [row | order.row_values for row in added]
    await connection.execute(insert(table), rows)  # first, so that SQLite does not assign the deleted positions again
    async with disable_append_only_triggers(connection, _TABLE):
        await connection.execute(delete(table).where(*is_deleted))
    await order.number_rows(executes_on(connection), tenant_id)
    return int(number)


async def _build_baselines(
    connection: AsyncConnection, tenant_id: UUID, noun: str, ids: Sequence[UUID], before: datetime.datetime
) -> list[Row]:
    """Build a baseline for each object that existed just before this time and is not purged."""
    histories = await load_histories(_AuditSource(connection, tenant_id), noun, ids, before - _INSTANT)
    return list(_baselines(tenant_id, noun, histories.values(), before))


class _AuditSource:
    """Runs statements that read the audit of a tenant."""

    def __init__(self, connection: AsyncConnection, tenant_id: UUID) -> None:
        self._connection = connection
        self._scope = {"tenant": tenant_id, "user": None, "account": None, "sees_all": True}

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        """Run a scoped statement and return its rows."""
        return (await self._connection.execute(statement, self._scope | parameters)).all()


def _baselines(
    tenant_id: UUID, noun: str, histories: Iterable[ObjectHistory], before: datetime.datetime
) -> Iterator[Row]:
    for history in histories:
        fields = history.fields
        if fields is not None:
            yield operator_entry(tenant_id, noun, history.last.object_id, AuditAction.BASELINE) | {
                "id": new_id_at(before),
                "version": history.last.version,
                "after": fields,
                "changed_fields": f" {' '.join(fields)} ",
                "created_at": before,
            }


def operator_entry(tenant_id: UUID, noun: str, object_id: UUID, action: AuditAction) -> Row:
    """Return an entry of the operator, without fields."""
    return {
        "tenant_id": tenant_id,
        "id": new_id(),
        "noun": noun,
        "object_id": object_id,
        "version": None,
        "action": action,
        "actor_kind": ActorKind.OPERATOR,
        "before": {},
        "after": {},
        "changed_fields": " ",
        "created_at": utc_now(),
    }
