"""Transactions of operations on a tenant's data.

An operation that writes locks the tenant: it is closed, and cannot be reopened. `locked_at` also tells operations
apart: each transaction of one verifies that no other has begun since.
"""

import asyncio
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.authentication import set_tenant
from database.engine import Database
from models import Tenant
from models.relations import table_of
from server.tenant_data.errors import SupersededError, TenantDataError
from services.core.constraint_violations import is_transient

Result = TypeVar("Result")
MAX_ATTEMPTS = 30
LOCK_TIMEOUT = "2s"
"""How long a transaction waits for a lock, because other writes wait behind it."""
PAUSE_SECONDS = 0.5
_LOCK_NOT_AVAILABLE = "55P03"


@asynccontextmanager
async def read_snapshot(database: Database, tenant_id: UUID) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction that reads one state of the database, however long it takes."""
    async with database.read_engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            await set_tenant(connection, tenant_id)
            await _set_timeouts(connection)
            yield connection


@asynccontextmanager
async def begin_write(database: Database, tenant_id: UUID) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction that writes rows of a tenant."""
    async with database.write_engine.begin() as connection:
        await set_tenant(connection, tenant_id)
        await _set_timeouts(connection)
        yield connection


async def write_with_retries(
    database: Database, tenant_id: UUID, action: Callable[[AsyncConnection], Awaitable[Result]]
) -> Result:
    """Run an action in a transaction that writes; again if it did not get a lock in time, or after a deadlock."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            async with begin_write(database, tenant_id) as connection:
                return await action(connection)
        except DBAPIError as error:
            is_locked = getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE
            if not (is_locked or is_transient(error)):
                raise
            if attempt == MAX_ATTEMPTS:
                message = "A long transaction of another process holds a lock on a table. Run the command again later."
                raise TenantDataError(message) from None
        await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError("unreachable")


async def find_tenant(connection: AsyncConnection, slug: str) -> Row[Any] | None:
    """Return the row of the tenant with this slug, in any state."""
    table = table_of(Tenant)
    return (await connection.execute(select(table).where(table.c.slug == slug))).one_or_none()


async def lock_tenant(connection: AsyncConnection, tenant_id: UUID) -> Row[Any] | None:
    """Lock the row of a tenant: waits for transactions that have inserted rows, and holds off others that would."""
    table = table_of(Tenant)
    return (await connection.execute(select(table).where(table.c.id == tenant_id).with_for_update())).one_or_none()


async def verify_lock(connection: AsyncConnection, tenant_id: UUID, locked_at: datetime.datetime) -> None:
    """Raise SupersededError if another operation on the tenant has begun."""
    table = table_of(Tenant)
    current = await connection.scalar(
        select(table.c.locked_at).where(table.c.id == tenant_id).with_for_update(read=True)
    )
    if current != locked_at:
        raise SupersededError


async def _set_timeouts(connection: AsyncConnection) -> None:
    """Lift the limits that are meant for requests."""
    if connection.dialect.name == "postgresql":
        for setting in ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0"):
            await connection.execute(text(f"SET LOCAL {setting}"))
        await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
