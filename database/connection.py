"""Connections to PostgreSQL through asyncpg, without SQLAlchemy's layers."""

from time import monotonic
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from database.outage import DatabaseUnavailable, is_connect_outage

ROLLBACK = "ROLLBACK"
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


class PooledConnection:
    """An asyncpg connection that belongs to a pool."""

    __slots__ = ("driver", "info", "opened_at", "parked_at")

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.info: dict[str, Any] = {}
        """Facts about the server session that transactions store, such as prepared statements."""
        self.opened_at = self.parked_at = monotonic()

    @property
    def is_closed(self) -> bool:
        """Whether the connection is known to be lost. Sends nothing."""
        return bool(self.driver.is_closed())

    @property
    def has_open_transaction(self) -> bool:
        """Whether the server was in a transaction after the last statement. Sends nothing."""
        return bool(self.driver.is_in_transaction())

    async def rollback(self) -> None:
        """Roll back the open transaction; terminate the connection if that fails."""
        try:
            await self.driver.execute(ROLLBACK)
        except BaseException as error:
            self.driver.terminate()
            if not isinstance(error, DRIVER_ERRORS):
                raise

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 -- asyncpg cuts the connection off itself
        """Close the connection; terminate it if that fails or takes longer than `timeout` seconds."""
        try:
            await self.driver.close(timeout=timeout)
        except BaseException as error:
            self.driver.terminate()
            if not isinstance(error, DRIVER_ERRORS):
                raise


async def open_driver_connection(engine: AsyncEngine) -> Any:
    """Open an asyncpg connection that SQLAlchemy has set up as its own: arguments, JSON codecs, `connect` events.

    Its pool forgets the connection, so the engine must have a NullPool. Raise DatabaseUnavailable during an outage.
    """
    try:
        connection = await engine.raw_connection()
    except Exception as error:
        if is_connect_outage(error):
            raise DatabaseUnavailable("No connection to the database could be opened.") from error
        raise
    driver = connection.driver_connection
    connection.detach()
    return driver
