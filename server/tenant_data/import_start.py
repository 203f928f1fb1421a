"""The first transaction of an import: it checks the target, creates accounts, and locks the tenant."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from database.engine import Database
from models import AuditEntry, ImportProgress, Tenant
from models.audit_entry import AuditAction
from models.base import utc_now
from models.relations import table_of
from server.tenant_data.accounts import create_accounts, find_accounts
from server.tenant_data.errors import TenantDataError
from server.tenant_data.importing import ImportRun, progress_id
from server.tenant_data.inspection import Inspection
from server.tenant_data.tables import list_tenant_tables
from server.tenant_data.transactions import find_tenant, lock_tenant, write_with_retries


class _RolledBack(Exception):
    """Rolls the transaction of a dry run back."""


async def begin_import(
    database: Database, inspection: Inspection, *, create_users: bool, dry_run: bool = False
) -> ImportRun:
    """Begin the import of a file, or continue it. Raises TenantDataError if the tenant exists, if its slug is taken, or
    if users have no account. A dry run changes nothing."""
    run: ImportRun | None = None

    async def begin(connection: AsyncConnection) -> None:
        nonlocal run
        run = await _begin(database, connection, inspection, create_users=create_users)
        if dry_run:
            raise _RolledBack

    with suppress(_RolledBack):
        await write_with_retries(database, UUID(inspection.header.id), begin)
    assert run is not None  # noqa: S101 -- for mypy
    return run


async def _begin(
    database: Database, connection: AsyncConnection, inspection: Inspection, *, create_users: bool
) -> ImportRun:
    existing = await lock_tenant(connection, UUID(inspection.header.id))
    await _check_slug(connection, inspection)
    done = await _find_progress(connection, inspection, existing)
    accounts = await find_accounts(connection, inspection.users)
    await create_accounts(connection, accounts, create_users=create_users)
    run = ImportRun(database, inspection, accounts, utc_now(), done or 0)
    locked = {"locked_at": run.locked_at}
    if done is not None:
        tenant = table_of(Tenant)
        await connection.execute(update(tenant).where(tenant.c.id == run.tenant_id).values(locked))
        return run
    if existing is not None:
        await _check_empty(connection, existing)
    values = {
        **inspection.tenant,
        **locked,
        "erased_at": None,
        "closed_at": inspection.tenant["closed_at"] or utc_now(),
    }
    await _write_tenant(connection, values, exists=existing is not None)
    await _insert_progress(connection, run)
    return run


async def _check_slug(connection: AsyncConnection, inspection: Inspection) -> None:
    slug = inspection.tenant["slug"]
    other = await find_tenant(connection, slug)
    if other is not None and other.id != inspection.tenant["id"]:
        raise TenantDataError(f"Another tenant has the slug {slug}. Choose another one with --slug.")


async def _find_progress(connection: AsyncConnection, inspection: Inspection, existing: Row[Any] | None) -> int | None:
    """Return how many rows an earlier import of the same file has written; None if there was none."""
    if existing is None or existing.locked_at is None:
        return None
    table = table_of(ImportProgress)
    is_own = (table.c.tenant_id == existing.id, table.c.id == progress_id(inspection))
    rows = await connection.scalar(select(table.c.rows).where(*is_own))
    if rows is None:
        raise TenantDataError(
            f"Another import or the erasure of the tenant {existing.slug} is not complete. Continue it, or run "
            f"`allotment tenant erase {existing.slug}`."
        )
    return int(rows)


async def _check_empty(connection: AsyncConnection, existing: Row[Any]) -> None:
    """Raise TenantDataError unless the tenant was erased, and nothing but the entry about that is there."""
    if existing.erased_at is None:
        raise TenantDataError(
            f"The tenant exists here, with the slug {existing.slug}. Only a tenant that does not exist or that was "
            f"erased can be imported: `allotment tenant erase {existing.slug}`."
        )
    for table in list_tenant_tables():
        query = select(func.count()).select_from(table).where(table.c.tenant_id == existing.id)
        if table is table_of(AuditEntry):
            query = query.where(table.c.action != AuditAction.PRUNED)
        if count := await connection.scalar(query):
            message = f"The erased tenant has {count:,} rows in {table.name}. Erase it again."
            raise TenantDataError(f"{message} `allotment tenant erase {existing.slug}`")


async def _write_tenant(connection: AsyncConnection, values: dict[str, Any], *, exists: bool) -> None:
    table = table_of(Tenant)
    if exists:
        await connection.execute(update(table).where(table.c.id == values["id"]).values(values))
    else:
        await connection.execute(insert(table), [values])


async def _insert_progress(connection: AsyncConnection, run: ImportRun) -> None:
    now = utc_now()
    values = {"created_at": now, "updated_at": now, "version": 1, "rows": 0, "rejected": 0, "errors_size": 0}
    row = {"tenant_id": run.tenant_id, "id": run.progress_id, **values}
    await connection.execute(insert(table_of(ImportProgress)), [row])
