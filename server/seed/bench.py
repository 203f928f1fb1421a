"""The benchmark data: tenants with many tasks, inserted in bulk without the services.

A fixed random seed determines the number and content of the rows, except ids and timestamps.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, false, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from database.append_only import disable_append_only_triggers
from database.authentication import set_tenant
from database.engine import Database
from models import Tenant, User
from models.relations import table_of
from server.seed.tenant_rows import DatasetSize, TenantRows, owner_email
from services.people.passwords import Passwords

PASSWORD = "Allotment-bench-1!"  # noqa: S105  (published)
BATCH_SIZE = 1000
_SLUG = re.compile(r"bench-\d+")


async def seed_bench(
    database: Database,
    passwords: Passwords,
    size: DatasetSize | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Insert the benchmark data. Calls `on_progress` with the number of rows of each batch."""
    size = size or DatasetSize()
    password_hash = await passwords.hash(PASSWORD)  # one hash for all tenants: ten take two seconds
    for number in range(size.tenants):
        tenant = TenantRows(f"bench-{number}", size, password_hash)
        async with database.write_engine.begin() as connection:
            await set_tenant(connection, tenant.tenant_id)
            for table, rows in tenant.tables():
                await _insert_rows(connection, table, rows, on_progress)
    async with database.write_engine.begin() as connection:
        await connection.execute(text("ANALYZE"))


async def list_bench_tenants(database: Database) -> dict[str, uuid.UUID]:
    """Return the ids of the existing benchmark tenants, by slug."""
    tenant = table_of(Tenant)
    async with database.read_engine.connect() as connection:
        rows = await connection.execute(select(tenant.c.slug, tenant.c.id).where(tenant.c.slug.startswith("bench-")))
        return {row.slug: row.id for row in rows if _SLUG.fullmatch(row.slug)}


async def delete_bench(database: Database) -> None:
    """Delete the benchmark tenants with all of their rows, and their owners."""
    for slug, tenant_id in (await list_bench_tenants(database)).items():
        async with database.write_engine.begin() as connection:
            await set_tenant(connection, tenant_id)
            async with disable_append_only_triggers(connection):
                for table in reversed(SQLModel.metadata.sorted_tables):
                    await connection.execute(delete(table).where(_owned_rows(table, tenant_id, owner_email(slug))))


async def _insert_rows(
    connection: AsyncConnection, table: Table, rows: list[dict[str, Any]], on_progress: Callable[[int], None]
) -> None:
    # With RETURNING, SQLAlchemy inserts many rows with one statement, which takes half the time of executemany on both
    # databases. COPY is faster, but PostgreSQL does not allow it with row-level security.
    statement = insert(table).returning(*table.primary_key).execution_options(insertmanyvalues_page_size=BATCH_SIZE)
    for start in range(0, len(rows), BATCH_SIZE):
        batch = rows[start : start + BATCH_SIZE]
        await connection.execute(statement, batch)
        on_progress(len(batch))


def _owned_rows(table: Table, tenant_id: uuid.UUID, owner: str) -> ColumnElement[bool]:
    """Build the condition for a table's rows that belong to a tenant or to its owner."""
    user = table_of(User)
    if table.name == Tenant.__tablename__:
        return table.c.id == tenant_id
    if "tenant_id" in table.c:
        return table.c.tenant_id == tenant_id
    if table is user:
        return user.c.email == owner
    owners = select(user.c.id).where(user.c.email == owner)
    return or_(false(), *(key.parent.in_(owners) for key in table.foreign_keys if key.column.table is user))
