"""Erases all data of a tenant, in batches, while servers run. What remains is the row of the tenant, without its name.

The tenant is closed and locked first, so that nothing is written any more. If the command is interrupted, the next one
continues. Of each log, the last row is deleted last: SQLite assigns positions after the newest row, so positions that
clients have seen would be assigned again.
"""

import asyncio
import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, func, insert, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from database.append_only import disable_append_only_triggers
from database.engine import Database
from database.log_order import executes_on
from models import AuditEntry, Tenant
from models.audit_entry import AuditAction
from models.base import utc_now
from models.language import Language
from models.relations import table_of
from queries.log import log_columns
from server.audit_pruning import operator_entry
from server.tenant_data.errors import TenantDataError
from server.tenant_data.inspection import Begin, Progress
from server.tenant_data.tables import is_append_only, key_columns, list_logs, list_tenant_tables, self_references
from server.tenant_data.transactions import begin_write, lock_tenant, verify_lock, write_with_retries
from services.core.audit_values import serialize_time

BATCH = 1000
ERASED_NAME = "Erased tenant"
POLL_SECONDS = 0.1
_TRANSACTIONS = text(
    "SELECT virtualtransaction FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'virtualxid' "
    "AND granted AND pid <> pg_backend_pid() AND datname = current_database()"
)
_FOREIGN_TABLES = text(
    "SELECT relname FROM pg_class WHERE relname = ANY(:tables) AND NOT pg_has_role(relowner, 'USAGE') "
    "AND relnamespace = CAST(current_schema() AS regnamespace)"
)


@dataclass(frozen=True)
class Erasure:
    """An erasure that has begun."""

    database: Database
    tenant_id: UUID
    locked_at: datetime.datetime


async def check_owner(database: Database) -> None:
    """Raise TenantDataError unless the role owns the append-only tables, whose triggers only the owner can lift."""
    if database.dialect != "postgresql":
        return
    names = [table.name for table in list_tenant_tables() if is_append_only(table)]
    async with database.read_engine.connect() as connection:
        foreign = (await connection.execute(_FOREIGN_TABLES, {"tables": names})).scalars().all()
    if foreign:
        raise TenantDataError(
            f"The role does not own {', '.join(foreign)}. Run it as the role that migrates the database."
        )


async def count_rows(database: Database, tenant_id: UUID) -> dict[str, int]:
    """Return the number of rows of each table, without the entry that says that the tenant was erased."""
    async with begin_write(database, tenant_id) as connection:
        return {table.name: await _count(connection, table, tenant_id) for table in reversed(list_tenant_tables())}


async def begin_erasure(database: Database, tenant_id: UUID) -> Erasure:
    """Close and lock the tenant."""

    async def close(connection: AsyncConnection) -> datetime.datetime:
        await _overwrite_deleted_content(connection)
        tenant, now = await lock_tenant(connection, tenant_id), utc_now()
        assert tenant is not None  # noqa: S101 -- tenants are never deleted
        values = {
            "closed_at": tenant.closed_at or now,
            "locked_at": now,
            "updated_at": now,
            "version": tenant.version + 1,
        }
        await connection.execute(_update_tenant(tenant_id).values(values))
        return now

    return Erasure(database, tenant_id, await write_with_retries(database, tenant_id, close))


async def _overwrite_deleted_content(connection: AsyncConnection) -> None:
    """Let SQLite overwrite what it deletes. The engine has one connection for writes, so this concerns all of them."""
    if connection.dialect.name == "sqlite":
        await connection.execute(text("PRAGMA secure_delete = ON"))


async def wait_for_transactions(database: Database, seconds: float) -> int:
    """Wait until all transactions have ended that run now: they may have begun before the tenant was closed, and write
    to it. Return how many have not ended after so many seconds. Those are no requests of a server."""
    if database.dialect != "postgresql":
        return 0  # a transaction that writes begins IMMEDIATE, and none can have begun before the tenant was closed
    deadline = time.monotonic() + seconds
    async with database.read_engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        older = set((await connection.execute(_TRANSACTIONS)).scalars())
        while older and time.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)
            older &= set((await connection.execute(_TRANSACTIONS)).scalars())
    return len(older)


async def erase_rows(erasure: Erasure, counts: Mapping[str, int], begin: Begin, progress: Progress) -> None:
    """Delete the rows in batches, referencing tables first, and finally what is left, in one transaction."""
    begin(counts)
    await _clear_self_references(erasure)
    for table in reversed(list_tenant_tables()):
        last = await _last_position(erasure, table) if table in list_logs() else None
        deleted = BATCH
        while deleted == BATCH:
            deleted = await write_with_retries(
                erasure.database, erasure.tenant_id, partial(_delete_batch, erasure, table, last)
            )
            progress(table.name, deleted)
    rest = await write_with_retries(erasure.database, erasure.tenant_id, partial(_finish, erasure, counts))
    for name, number in rest.items():
        progress(name, number)


async def _last_position(erasure: Erasure, table: Table) -> Sequence[int] | None:
    """Return the position of the tenant's last row of a log."""
    order = log_columns(table)
    query = select(*order).where(table.c.tenant_id == erasure.tenant_id)
    query = query.order_by(*(column.desc() for column in order)).limit(1)
    async with begin_write(erasure.database, erasure.tenant_id) as connection:
        row = (await connection.execute(query)).one_or_none()
    return None if row is None else tuple(row)


async def _delete_batch(
    erasure: Erasure, table: Table, before: Sequence[int] | None, connection: AsyncConnection
) -> int:
    await verify_lock(connection, erasure.tenant_id, erasure.locked_at)
    key, order = [table.c[name] for name in key_columns(table)], log_columns(table) if before else ()
    conditions = [table.c.tenant_id == erasure.tenant_id]
    if before:
        conditions.append(tuple_(*order) < tuple(before))
    chosen = select(*key).where(*conditions).order_by(*(order or key)).limit(BATCH)
    return await _delete(connection, table, table.c.tenant_id == erasure.tenant_id, tuple_(*key).in_(chosen))


async def _delete(connection: AsyncConnection, table: Table, *conditions: ColumnElement[bool]) -> int:
    statement = delete(table).where(*conditions)
    if not is_append_only(table):
        return (await connection.execute(statement)).rowcount
    async with disable_append_only_triggers(connection, table.name):
        return (await connection.execute(statement)).rowcount


async def _clear_self_references(erasure: Erasure) -> None:
    """Clear the references between rows of one table, so that they can be deleted in any order."""
    for table in list_tenant_tables():
        if names := self_references(table):

            async def clear(connection: AsyncConnection, table: Table = table, names: Sequence[str] = names) -> None:
                await verify_lock(connection, erasure.tenant_id, erasure.locked_at)
                own = table.c.tenant_id == erasure.tenant_id
                await connection.execute(update(table).where(own).values(dict.fromkeys(names)))

            await write_with_retries(erasure.database, erasure.tenant_id, clear)


async def _finish(erasure: Erasure, counts: Mapping[str, int], connection: AsyncConnection) -> dict[str, int]:
    """Delete what is left, and write what remains of the tenant. Return the number of deleted rows by table."""
    entry, now = table_of(AuditEntry), utc_now()
    await lock_tenant(connection, erasure.tenant_id)
    await verify_lock(connection, erasure.tenant_id, erasure.locked_at)
    remaining = operator_entry(erasure.tenant_id, Tenant.__name__, erasure.tenant_id, AuditAction.PRUNED)
    remaining["after"] = {"before": serialize_time(now), "entries": counts[entry.name]}
    log_order = erasure.database.log_order
    await connection.execute(
        insert(entry), [remaining | log_order.row_values]
    )  # first, since SQLite would assign the last position again
    rest = {}
    for table in reversed(list_tenant_tables()):
        conditions = [table.c.tenant_id == erasure.tenant_id]
        if table is entry:
            conditions.append(table.c.id != remaining["id"])
        rest[table.name] = await _delete(connection, table, *conditions)
    await log_order.number_rows(executes_on(connection), erasure.tenant_id)
    order = log_columns(entry)
    position = (await connection.execute(select(*order).where(entry.c.tenant_id == erasure.tenant_id))).one()
    state = {"erased_at": now, "locked_at": None, "feed_start": ".".join(map(str, position))}
    anonymous = {"name": ERASED_NAME, "language": Language.ENGLISH, "updated_at": now}
    await connection.execute(_update_tenant(erasure.tenant_id).values(**anonymous, **state))
    if connection.dialect.name == "sqlite":  # FTS5 marks words as deleted, and removes them when it merges its index
        await connection.execute(text("INSERT INTO search_text (search_text) VALUES ('optimize')"))
    return rest


def _update_tenant(tenant_id: UUID) -> Any:
    table = table_of(Tenant)
    return update(table).where(table.c.id == tenant_id)


async def _count(connection: AsyncConnection, table: Table, tenant_id: UUID) -> int:
    query = select(func.count()).select_from(table).where(table.c.tenant_id == tenant_id)
    return await connection.scalar(query) or 0
