"""What PostgreSQL needs: a role that policies bind, policies on every tenant's table, enough connections, our time."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.cli.checks.finding import Finding, better, broken, fine
from server.database_role import open_tables, role_of, tenant_tables
from server.settings import Settings

TOLERANCE = 5.0
"""Seconds that the database's clock may differ from ours."""

_LIMITS = text(
    "SELECT current_setting('max_connections')::int"
    " - coalesce(current_setting('superuser_reserved_connections', true)::int, 0)"
    " - coalesce(current_setting('reserved_connections', true)::int, 0)"  # since PostgreSQL 16
)


async def check_postgresql(connection: AsyncConnection, settings: Settings, *, migrated: bool) -> list[Finding]:
    """Findings about the server behind this connection."""
    found = [await _check_role(connection)]
    if migrated:  # else some tables are not there yet
        found.append(await _check_tables(connection))
    return [*found, await _check_connections(connection, settings), await _check_time(connection)]


async def _check_role(connection: AsyncConnection) -> Finding:
    role = await role_of(connection)
    if role.problem is None:
        return fine(f'role: "{role.name}" is bound by row-level security')
    what, _, remedy = role.problem.partition(". ")
    return broken(f"role: {what}", remedy)


async def _check_tables(connection: AsyncConnection) -> Finding:
    unprotected = await open_tables(connection)
    if unprotected:
        remedy = "in a migration: op.protect_tenant_table(…) for each of them"
        return broken(f"row-level security: not enabled, forced and with a policy on {', '.join(unprotected)}", remedy)
    return fine(f"row-level security: forced on all {len(tenant_tables())} tables of tenants")


async def _check_connections(connection: AsyncConnection, settings: Settings) -> Finding:
    limit = await connection.scalar(_LIMITS) or 0
    kept = settings.workers * settings.db_pool_size
    most = settings.workers * (settings.db_pool_size + settings.db_max_overflow)
    said = f"connections: all workers keep {kept} and open at most {most}; the database has {limit} for us"
    remedy = "lower DB_POOL_SIZE, DB_MAX_OVERFLOW or WORKERS, raise max_connections, or put a pooler in between"
    if kept > limit:
        return broken(said, remedy)
    return better(said, remedy) if most > limit else fine(said)


async def _check_time(connection: AsyncConnection) -> Finding:
    theirs = await connection.scalar(text("SELECT clock_timestamp()"))
    apart = abs((datetime.now(UTC) - theirs).total_seconds()) if theirs else TOLERANCE
    if apart >= TOLERANCE:
        return broken(f"time: the database's clock and ours are {apart:.0f} s apart", "set both by NTP")
    return fine("time: the database's clock agrees with ours")
