"""Checks of the connection and the revision of the database, and then those of its dialect."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from database.citus import TenantNotPropagated
from database.engine import Database
from server.cli.checks.background_work import check_background_work
from server.cli.checks.demo_users import check_demo_users
from server.cli.checks.distribution import REMEDY
from server.cli.checks.hosts import check_hosts
from server.cli.checks.postgresql import check_postgresql
from server.cli.checks.replicas import check_replicas
from server.cli.checks.result import CheckResult, failed, ok, warning
from server.cli.checks.second_factors import check_second_factors
from server.cli.checks.sqlite import check_file, check_sqlite
from server.cli.database import open_database
from server.cli.errors import describe_error
from server.cli.migration_plan import plan_migrations
from server.config.settings import Settings
from server.database_revision import DatabaseNotMigrated, check_revision, current_revision
from server.migration_history import CONTRACT, MigrationHistory, load_history

CHECK_TIMEOUT = 15.0


async def check_database(settings: Settings) -> list[CheckResult]:
    """Check the configured database. Writes nothing and creates no file."""
    if (missing := check_file(settings.database)) is not None:
        return [missing]
    try:
        async with open_database(settings) as database, asyncio.timeout(CHECK_TIMEOUT):
            return await _run_checks(database, settings)
    except TenantNotPropagated as error:
        return [failed(f"Citus: {error}", REMEDY)]
    except Exception as error:
        reason = "; ".join(describe_error(error))
        if not reason:
            raise
        message = f"database: {settings.database} cannot be used. {reason}"
        return [failed(message, "correct DATABASE_URL, or start the database"), *await check_hosts(settings.database)]


async def _run_checks(database: Database, settings: Settings) -> list[CheckResult]:
    async with database.read_engine.connect() as connection:
        await database.discover_server()  # after the connection, whose errors say more
        results = [ok(f"database: {settings.database} responds"), _describe_pool(database)]
        results.append(await _check_revision(connection))
        is_migrated = not results[-1].is_failed
        if is_migrated:
            results += await check_demo_users(connection, settings)
        if connection.dialect.name == "postgresql":
            results += await check_postgresql(connection, settings, database.log_order, is_migrated=is_migrated)
            results += await check_hosts(settings.database)
            if is_migrated:  # the checks read a table
                results += await check_replicas(database, settings)
        else:
            results += await check_sqlite(connection, database)
    if is_migrated:
        results += await check_background_work(database, settings)
        results += await check_second_factors(database, settings)
    return results


def _describe_pool(database: Database) -> CheckResult:
    usage = database.pool_usage()
    return ok(
        f"pool: each process keeps up to {usage.size} connections, and opens {usage.max_overflow} more under load"
    )


async def _check_revision(connection: AsyncConnection) -> CheckResult:
    history, revision = load_history(), await current_revision(connection)
    try:
        await check_revision(connection)
    except DatabaseNotMigrated as error:
        if revision is None or not history.knows(revision):
            state = "not started" if revision is None else str(error)
            return failed(
                f"migrations: {state}", "allotment migrate" if revision is None else "start the newer version"
            )
        plan = plan_migrations(history, revision, contract=False)
        command = "allotment migrate" if plan.steps else "allotment migrate --contract"
        return failed(
            f"migrations: at {revision}, not at {history.newest}; {_list_pending(history, revision)}", command
        )
    if not history.knows(revision):
        return ok(f"migrations: at {revision}, of a newer version that this one is compatible with")
    if history.after(revision):
        remedy = "allotment migrate --contract, when no server of the previous version runs any more"
        return warning(f"migrations: at {revision}; {_list_pending(history, revision)}", remedy)
    return ok(f"migrations: at the newest revision, {revision}")


def _list_pending(history: MigrationHistory, revision: str | None) -> str:
    """Name the pending migrations by phase."""
    pending = history.after(revision)
    contracting = [step.revision for step in pending if history.phase(step) == CONTRACT]
    expanding = [step.revision for step in pending if step.revision not in contracting]
    parts = {"expanding": expanding, "contracting": contracting}
    return "; ".join(f"pending {name}: {', '.join(revisions)}" for name, revisions in parts.items() if revisions)
