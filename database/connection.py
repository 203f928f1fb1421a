"""Connections to PostgreSQL through asyncpg, without SQLAlchemy's layers."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from database.answer_deadline import AnswerDeadline
from database.outage import DatabaseUnavailable, is_connect_outage
from database.tcp_options import set_tcp_options

ROLLBACK = "ROLLBACK"
ROLLBACK_TIMEOUT = 5.0
"""Seconds for a rollback, and for the server's answer to a cancel request before it."""
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


BuildDeadline = Callable[[float | None, Callable[[], None]], AnswerDeadline]
BUILD_DEADLINE: BuildDeadline = AnswerDeadline
NO_GROUP = object()


class PooledConnection:
    """An asyncpg connection that belongs to a pool."""

    __slots__ = ("__weakref__", "deadline", "driver", "group", "info", "opened_at", "parked_at")

    def __init__(
        self, driver: Any, answer_timeout: float | None = None, build_deadline: BuildDeadline = BUILD_DEADLINE
    ) -> None:
        self.driver = driver
        self.deadline = build_deadline(answer_timeout, driver.terminate)
        """Runs while a statement is executed; users of `driver` start and stop it."""
        self.info: dict[str, Any] = {}
        """Facts about the server session that transactions store, such as prepared statements."""
        self.group: Any = NO_GROUP
        """In whose name it is in use; NO_GROUP if it is not."""
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
        self.deadline.start()
        try:
            await self.driver.execute(ROLLBACK, timeout=ROLLBACK_TIMEOUT)
        except BaseException as error:
            self.driver.terminate()
            if not isinstance(error, DRIVER_ERRORS):
                raise
        finally:
            self.deadline.stop()

    def terminate(self) -> None:
        """Close the connection at once, without a message to the server."""
        self.deadline.close()
        self.driver.terminate()

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 -- asyncpg cuts the connection off itself
        """Close the connection; terminate it if that fails or takes longer than `timeout` seconds."""
        self.deadline.close()
        try:
            await self.driver.close(timeout=timeout)
        except BaseException as error:
            self.driver.terminate()
            if not isinstance(error, DRIVER_ERRORS):
                raise


async def open_driver_connection(engine: AsyncEngine, timeout_seconds: float | None = None) -> Any:
    """Open an asyncpg connection that SQLAlchemy has set up as its own: arguments, JSON codecs, `connect` events.

    Its pool forgets the connection, so the engine must have a NullPool. Raise DatabaseUnavailable during an outage.
    The timeout includes the statements that SQLAlchemy executes first, which the driver's own does not.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            connection = await engine.raw_connection()
    except Exception as error:
        if is_connect_outage(error):
            raise DatabaseUnavailable("No connection to the database could be opened.") from error
        raise
    driver = connection.driver_connection
    connection.detach()
    set_tcp_options(driver)
    return driver
