"""The set to measure on: tenants with a great many tasks, written in bulk past the services.

How many rows there are and what they say comes from a fixed seed; only ids and times are those of the day.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, false, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from models import Tenant, User
from server.append_only import changeable
from server.database import Database
from server.seed.plot import Plot, Size, owner_of
from services.passwords import Passwords

PASSWORD = "Allotment-bench-1!"  # noqa: S105  (public on purpose)
BATCH = 1000
_SLUG = re.compile(r"bench-\d+")


async def seed_bench(
    database: Database, passwords: Passwords, size: Size | None = None, advance: Callable[[int], None] = lambda _: None
) -> None:
    """Write the set into a database that has none of it. `advance` hears of every batch of rows."""
    size = size or Size()
    password_hash = await passwords.hash(PASSWORD)  # once: ten would take two seconds
    for number in range(size.tenants):
        plot = Plot(f"bench-{number}", size, password_hash)
        async with database.writing.begin() as connection:
            await _enter(connection, plot.tenant_id)
            for table, rows in plot.tables():
                await _write(connection, table, rows, advance)
    async with database.writing.begin() as connection:
        await connection.execute(text("ANALYZE"))


async def bench_tenants(database: Database) -> dict[str, uuid.UUID]:
    """The set's tenants that are there, by slug."""
    tenant: Table = Tenant.__table__  # type: ignore[attr-defined]
    async with database.reading.connect() as connection:
        found = await connection.execute(select(tenant.c.slug, tenant.c.id).where(tenant.c.slug.startswith("bench-")))
        return {row.slug: row.id for row in found if _SLUG.fullmatch(row.slug)}


async def remove_bench(database: Database) -> None:
    """Delete the set's tenants, whatever they hold by now, and their owners."""
    for slug, tenant_id in (await bench_tenants(database)).items():
        async with database.writing.begin() as connection:
            await _enter(connection, tenant_id)
            async with changeable(connection):
                for table in reversed(SQLModel.metadata.sorted_tables):
                    await connection.execute(delete(table).where(_of(table, tenant_id, owner_of(slug))))


async def _enter(connection: AsyncConnection, tenant_id: uuid.UUID) -> None:
    """Let PostgreSQL's policies see and take this tenant's rows until the transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.set_config("app.tenant_id", str(tenant_id), True)))


async def _write(
    connection: AsyncConnection, table: Table, rows: list[dict[str, Any]], advance: Callable[[int], None]
) -> None:
    # RETURNING makes SQLAlchemy write many rows a statement, on both engines in half the time of executemany. COPY,
    # faster still, is refused under row-level security.
    statement = insert(table).returning(*table.primary_key).execution_options(insertmanyvalues_page_size=BATCH)
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        await connection.execute(statement, batch)
        advance(len(batch))


def _of(table: Table, tenant_id: uuid.UUID, owner: str) -> ColumnElement[bool]:
    """A table's rows that belong to a tenant, or to its owner."""
    user: Table = User.__table__  # type: ignore[attr-defined]
    if table.name == Tenant.__tablename__:
        return table.c.id == tenant_id
    if "tenant_id" in table.c:
        return table.c.tenant_id == tenant_id
    if table is user:
        return user.c.email == owner
    owners = select(user.c.id).where(user.c.email == owner)
    return or_(false(), *(key.parent.in_(owners) for key in table.foreign_keys if key.column.table is user))
