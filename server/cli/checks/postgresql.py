"""Checks of PostgreSQL: a role subject to row-level security, policies on all tenant tables, connections, clock."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.log_order import LogOrder
from database.role import list_tenant_tables, list_unprotected_tables, load_database_role
from server.change_feed_lag import load_lag
from server.cli.checks.distribution import check_distribution
from server.cli.checks.result import CheckResult, failed, ok, warning
from server.config.settings import Settings
from server.database_pooler import POOLER_REMEDY, is_behind_pooler

MAX_FEED_LAG = 60.0
"""Seconds that a transaction may delay the change feed without a warning."""
MAX_CLOCK_DIFFERENCE = 5.0
"""Allowed difference in seconds between the clocks of the database and of this machine."""

_AVAILABLE_CONNECTIONS = text(
    "SELECT current_setting('max_connections')::int"
    " - coalesce(current_setting('superuser_reserved_connections', true)::int, 0)"
    " - coalesce(current_setting('reserved_connections', true)::int, 0)"  # since PostgreSQL 16
)


async def check_postgresql(
    connection: AsyncConnection, settings: Settings, order: LogOrder, *, is_migrated: bool
) -> list[CheckResult]:
    """Check the database server of this connection. `order` is that of its logs."""
    results = [await _check_role(connection)]
    if is_migrated:  # otherwise some tables do not exist
        results.append(await _check_tables(connection))
        results += await check_distribution(connection, settings)
    results += [await _check_connections(connection, settings), await _check_clock(connection)]
    results += await _check_pooler(connection, settings)
    return [*results, await _check_change_feed(connection, order)]


async def _check_role(connection: AsyncConnection) -> CheckResult:
    role = await load_database_role(connection)
    if role.rls_error is None:
        return ok(f'role: "{role.name}" is subject to row-level security')
    message, _, remedy = role.rls_error.partition(". ")
    return failed(f"role: {message}", remedy)


async def _check_tables(connection: AsyncConnection) -> CheckResult:
    unprotected = await list_unprotected_tables(connection)
    if unprotected:
        remedy = "in a migration: op.protect_tenant_table(…) for each table"
        return failed(f"row-level security: not enabled and forced with a policy on {', '.join(unprotected)}", remedy)
    return ok(f"row-level security: forced on all {len(list_tenant_tables())} tenant tables")


async def _check_change_feed(connection: AsyncConnection, order: LogOrder) -> CheckResult:
    if not order.has_horizon:
        return ok("change feed: ordered by counters, so no open transaction delays it")
    lag = await load_lag(connection, order)
    if lag.seconds < MAX_FEED_LAG:
        return ok("change feed: no transaction delays it")
    transaction = "a prepared transaction" if lag.pid is None else f"the transaction of process {lag.pid}"
    message = f"change feed: {transaction} has been open for {lag.seconds:.0f} s and delays all later changes"
    return warning(message, "end that transaction, and lower DB_IDLE_TRANSACTION_TIMEOUT")


async def _check_connections(connection: AsyncConnection, settings: Settings) -> CheckResult:
    limit = await connection.scalar(_AVAILABLE_CONNECTIONS) or 0
    pool_size = settings.workers * settings.db_pool_size
    has_restarts = settings.workers > 1 or settings.supervise
    processes = settings.workers + has_restarts  # a restart starts one more before it ends another
    monitors = processes if settings.replicas else 0
    maximum = processes * (settings.db_pool_size + settings.db_max_overflow) + monitors
    during = ", during a restart," if has_restarts else ""
    message = (
        f"connections: all workers keep {pool_size} and{during} open at most {maximum}; the database allows {limit}"
    )
    remedy = "lower DB_POOL_SIZE, DB_MAX_OVERFLOW or WORKERS, raise max_connections, or use a connection pooler"
    if pool_size > limit:
        return failed(message, remedy)
    return warning(message, remedy) if maximum > limit else ok(message)


async def _check_pooler(connection: AsyncConnection, settings: Settings) -> list[CheckResult]:
    is_declared = settings.database.shares_sessions
    if await is_behind_pooler(connection):
        if is_declared:
            return [ok("pooler: a connection pooler answers, and DATABASE_URL has pgbouncer=true")]
        return [warning("pooler: a connection pooler answers", f"unless it is in session mode, {POOLER_REMEDY}")]
    remedy = "remove pgbouncer=true: without it, requests need fewer round trips"
    return [warning("pooler: DATABASE_URL has pgbouncer=true, but no pooler answers", remedy)] if is_declared else []


async def _check_clock(connection: AsyncConnection) -> CheckResult:
    database_time = await connection.scalar(text("SELECT clock_timestamp()"))
    difference = abs((datetime.now(UTC) - database_time).total_seconds()) if database_time else MAX_CLOCK_DIFFERENCE
    if difference >= MAX_CLOCK_DIFFERENCE:
        return failed(f"clocks: database and server differ by {difference:.0f} s", "synchronize both by NTP")
    return ok("clocks: database and server agree")
