"""What commands do with the database of the settings."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from server.cli.commands import Failed
from server.database import Database, connect
from server.migrate import check_revision
from server.settings import Settings

Done = TypeVar("Done")
Use = Callable[[Database], Awaitable[Done]]
PATIENCE = 2.0


def run(settings: Settings, use: Use[Done], *, whatever_revision: bool = False) -> Done:
    """Do something with the database, then give its connections back. DatabaseBehind unless it is migrated."""
    if settings.database.in_memory:
        raise Failed("DATABASE_URL names a database in memory, which ends with each command; name a file.")
    return asyncio.run(_use(settings, use, whatever_revision=whatever_revision))


def require_no_production(settings: Settings, what: str) -> None:
    """Failed in production: made-up users have passwords that everybody knows."""
    if settings.environment == "production":
        raise Failed(f"{what} has users whose password everybody knows: not with ALLOTMENT_ENV=production.")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database; at the end its connections are given back, and nothing of them goes on in the background."""
    before = set(threading.enumerate())
    database = connect(settings)
    try:
        yield database
    finally:
        await database.close()
        # aiosqlite does not wait for the thread of a connection that failed. Outliving the event loop, it would end
        # with a traceback.
        for thread in set(threading.enumerate()) - before:
            if thread.daemon:
                await asyncio.to_thread(thread.join, PATIENCE)


async def _use(settings: Settings, use: Use[Done], *, whatever_revision: bool) -> Done:
    async with opened(settings) as database:
        if not whatever_revision:
            async with database.reading.connect() as connection:
                await check_revision(connection)
        return await use(database)
