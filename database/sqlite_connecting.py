"""Opens SQLite connections in threads of the driver.

If the task that waits for a new connection is cancelled, the driver forgets the connection, but its thread opens it
nevertheless, and nothing closes it.
"""

from asyncio import CancelledError
from contextlib import suppress
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

from database.shielded_task import ShieldedTask


def close_cancelled_connections(engine: AsyncEngine) -> None:
    """Let the engine close each new connection whose task is cancelled before it is open."""
    event.listen(engine.sync_engine, "do_connect", _connect)


def _connect(dialect: Dialect, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
    driver: Any = dialect.loaded_dbapi
    return driver.connect(*arguments, async_creator_fn=_open_shielded, **options)


async def _open_shielded(*arguments: Any, **options: Any) -> aiosqlite.Connection:
    opening = ShieldedTask(_open(*arguments, **options))
    try:
        return await opening.result()
    except CancelledError:
        with suppress(Exception, CancelledError):
            await (await opening.result()).close()
        raise


async def _open(*arguments: Any, **options: Any) -> aiosqlite.Connection:
    connection = aiosqlite.connect(*arguments, **options)
    connection._thread.daemon = True  # noqa: SLF001 -- as SQLAlchemy does: a process can end although one is open
    return await connection
