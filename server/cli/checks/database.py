"""Whether the database can be reached and is up to date; what else there is to know depends on the engine."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from server.cli.checks.finding import Finding, broken, fine
from server.cli.checks.postgresql import check_postgresql
from server.cli.checks.sqlite import check_sqlite, missing_file
from server.cli.database import opened
from server.cli.failures import explained
from server.database import Database
from server.migrate import current_revision, head
from server.settings import Settings

PATIENCE = 15.0


async def check_database(settings: Settings) -> list[Finding]:
    """All findings about the database of the settings. Nothing is written, and no file is made."""
    if (missing := missing_file(settings.database)) is not None:
        return [missing]
    try:
        async with opened(settings) as database, asyncio.timeout(PATIENCE):
            return await _examine(database, settings)
    except Exception as error:
        why = "; ".join(explained(error))
        if not why:
            raise
        return [broken(f"database: {settings.database} cannot be used. {why}", "correct DATABASE_URL, or start it")]


async def _examine(database: Database, settings: Settings) -> list[Finding]:
    async with database.reading.connect() as connection:
        found = [fine(f"database: {settings.database} answers"), await _check_revision(connection)]
        if connection.dialect.name == "postgresql":
            found += await check_postgresql(connection, settings, migrated=not found[-1].is_broken)
        else:
            found += await check_sqlite(connection, database)
    return found


async def _check_revision(connection: AsyncConnection) -> Finding:
    revision, newest = await current_revision(connection), head()
    if revision == newest:
        return fine(f"migrations: at {newest}, the newest")
    state = "not begun" if revision is None else f"at {revision}, not at {newest}"
    return broken(f"migrations: {state}", "allotment migrate")
