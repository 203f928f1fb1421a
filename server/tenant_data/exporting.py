"""Exports all rows of a tenant, from one snapshot of the database, page by page."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import IO, Any
from uuid import UUID

from sqlalchemy import Column, Row, Select, func, select, tuple_, union
from sqlalchemy.ext.asyncio import AsyncConnection

from database.engine import Database
from models import Tenant, User
from models.base import utc_now
from models.relations import table_of
from server.database_revision import current_revision
from server.tenant_data.errors import TenantDataError
from server.tenant_data.format import Header, Writer
from server.tenant_data.tables import (
    exported_columns,
    list_tenant_tables,
    references_to_users,
    sort_columns,
    tenant_columns,
    user_columns,
)
from server.tenant_data.transactions import find_tenant, read_snapshot

PAGE_SIZE = 1000
Begin = Callable[[Mapping[str, int]], None]
"""Gets the number of rows of each table before the first is written."""
Progress = Callable[[str, int], None]
"""Gets a table, and how many further rows of it are done."""


async def export_tenant(
    database: Database, slug: str, open_file: Callable[[], IO[bytes]], begin: Begin, progress: Progress
) -> Header:
    """Write all rows of a tenant to the file that `open_file` returns. Raises TenantDataError if there is no such
    tenant, or if its data is not complete."""
    async with database.read_engine.connect() as connection:
        tenant = _check_tenant(await find_tenant(connection, slug), slug)
    async with read_snapshot(database, tenant.id) as snapshot:
        _check_tenant(await find_tenant(snapshot, slug), slug)
        revision = await current_revision(snapshot)
        header = Header(str(revision), utc_now(), str(tenant.id), slug, await _count_rows(snapshot, tenant.id))
        begin(header.counts)
        writer = Writer(open_file())
        writer.write_header(header)
        async for table, rows in _read_pages(snapshot, tenant.id):
            for row in rows:
                writer.write_row(table, row)
            progress(table, len(rows))
        if writer.rows != header.rows:
            raise TenantDataError(
                f"{writer.rows:,} rows were read, but {header.rows:,} were counted in the same snapshot."
            )
        writer.write_end()
    return header


def _check_tenant(tenant: Row[Any] | None, slug: str) -> Row[Any]:
    if tenant is None:
        raise TenantDataError(f"There is no tenant {slug}.")
    if tenant.erased_at is not None:
        raise TenantDataError(f"The data of the tenant {slug} was erased.")
    if tenant.locked_at is not None:
        raise TenantDataError(f"The data of the tenant {slug} is not complete: it is being imported or erased.")
    return tenant


async def _count_rows(connection: AsyncConnection, tenant_id: UUID) -> dict[str, int]:
    users = _select_users(tenant_id).subquery()
    counts = {"user": await connection.scalar(select(func.count()).select_from(users)) or 0, "tenant": 1}
    for table in list_tenant_tables():
        query = select(func.count()).select_from(table).where(table.c.tenant_id == tenant_id)
        counts[str(table.name)] = await connection.scalar(query) or 0
    return counts


async def _read_pages(
    connection: AsyncConnection, tenant_id: UUID
) -> AsyncIterator[tuple[str, Sequence[dict[str, Any]]]]:
    """Yield the rows in pages, with the names of their tables: users first, then the tenant, then its rows."""
    user, tenant = table_of(User), table_of(Tenant)
    async for page in _pages(connection, _select_users(tenant_id), _names(user_columns()), (user.c.id,)):
        yield user.name, page
    row = (await connection.execute(select(*tenant_columns()).where(tenant.c.id == tenant_id))).one()
    yield tenant.name, [dict(zip(_names(tenant_columns()), row, strict=True))]
    for table in list_tenant_tables():
        columns, order = exported_columns(table), sort_columns(table)
        query = select(*columns, *_sorted_by(order)).where(table.c.tenant_id == tenant_id)
        async for page in _pages(connection, query, _names(columns), order):
            yield table.name, page


async def _pages(
    connection: AsyncConnection, query: Select[Any], names: Sequence[str], order: Sequence[Column[Any]]
) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the rows of a statement in pages, sorted by columns that the statement selects last. Of the other columns,
    a row has those with these names."""
    query = query.order_by(*order).limit(PAGE_SIZE)
    position: tuple[Any, ...] | None = None
    while True:
        page = query if position is None else query.where(tuple_(*order) > position)
        rows = (await connection.execute(page)).all()
        if rows:
            yield [dict(zip(names, row, strict=False)) for row in rows]
        if len(rows) < PAGE_SIZE:
            return
        position = tuple(rows[-1][-len(order) :])


def _sorted_by(columns: Sequence[Column[Any]]) -> list[Any]:
    """Return the columns under other names, since a file may not contain them."""
    return [column.label(f"sorted_by_{column.name}") for column in columns]


def _names(columns: Sequence[Column[Any]]) -> list[str]:
    return [str(column.name) for column in columns]  # a plain string, which the encoder requires


def _select_users(tenant_id: UUID) -> Select[Any]:
    """Select the users that rows of the tenant refer to, members among them."""
    user = table_of(User)
    references = [
        select(table.c[name].label("id")).where(table.c.tenant_id == tenant_id, table.c[name].is_not(None))
        for table in list_tenant_tables()
        for name in references_to_users(table)
    ]
    ids = union(*references).subquery()
    return select(*user_columns(), *_sorted_by([user.c.id])).where(user.c.id.in_(select(ids.c.id)))
