"""Access of commands to the configured database."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from database.citus import check_coordinator
from database.engine import Database
from server.cli.errors import CommandFailed
from server.config.settings import Settings
from server.database_factory import build_change_relay, build_database
from server.database_revision import check_revision

Result = TypeVar("Result")
Action = Callable[[Database], Awaitable[Result]]
THREAD_JOIN_SECONDS = 2.0


def run_with_database(settings: Settings, action: Action[Result], *, allow_any_revision: bool = False) -> Result:
    """Run the action on the database, and then close its connections. Raises DatabaseNotMigrated if it is outdated,
    and ConnectedToWorker if it is that of a worker of Citus."""
    return asyncio.run(_run_action(settings, action, allow_any_revision=allow_any_revision))


def forbid_in_production(settings: Settings, dataset: str) -> None:
    """Raise CommandFailed in production, because the users of the data set have published passwords."""
    if settings.environment == "production":
        raise CommandFailed(f"{dataset} has users with published passwords: not allowed with ALLOTMENT_ENV=production.")


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database; at the end, close its connections and wait for the threads of its driver."""
    threads_before = set(threading.enumerate())
    database = build_database(settings)
    relay = build_change_relay(settings, database)
    try:
        yield database
    finally:
        if relay is not None:
            await relay.close()  # tells servers of what the command has changed
        await database.close()
        # aiosqlite does not join the thread of a failed connection. If the thread outlived the event loop, it would
        # print a traceback.
        for thread in set(threading.enumerate()) - threads_before:
            if thread.daemon:
                await asyncio.to_thread(thread.join, THREAD_JOIN_SECONDS)


async def _run_action(settings: Settings, action: Action[Result], *, allow_any_revision: bool) -> Result:
    async with open_database(settings) as database:
        async with database.read_engine.connect() as connection:
            await check_coordinator(connection)
            if not allow_any_revision:
                await check_revision(connection)
        if not allow_any_revision:
            await database.discover_server()
        return await action(database)
