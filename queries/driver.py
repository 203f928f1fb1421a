"""Reading on PostgreSQL through the driver itself.

SQLAlchemy builds the statements and keeps the pool; between them its layers would cost more than the database takes
to answer. So a statement is compiled once (queries/prepared.py), sent by asyncpg, and its rows are asyncpg's own.
Whoever listens to the engine's statements, such as a tracer, hears of these too.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from queries.prepared import Prepared, prepared

logger = logging.getLogger("sqlalchemy.engine.Engine")

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class DriverTransaction:
    """A read-only snapshot on a connection of the engine's pool."""

    dialect = "postgresql"

    def __init__(self, engine: AsyncEngine, pooled: Any) -> None:
        self._engine = engine.sync_engine
        self._pooled = pooled
        self._driver: asyncpg.Connection = pooled.driver_connection

    async def begin(self) -> None:
        """Begin. Nothing is seen before the first statement, and nothing later than that."""
        try:
            await self._driver.execute(BEGIN)
        except _FAILURES as error:
            raise self._failure(BEGIN, error) from error

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        ready = prepared(statement)
        arguments = ready.arguments(parameters)
        self._announce("before_cursor_execute", ready, arguments)
        try:
            found: Sequence[Any] = await self._driver.fetch(ready.sql, *arguments, record_class=ready.row)
        except _FAILURES as error:
            raise self._failure(ready.sql, error) from error
        self._announce("after_cursor_execute", ready, arguments)
        return found

    async def close(self) -> None:
        with suppress(*_FAILURES, SQLAlchemyError):
            try:
                await self._driver.execute("ROLLBACK")
            except _FAILURES:
                await greenlet_spawn(self._pooled.invalidate)
            await greenlet_spawn(self._pooled.close)

    def _announce(self, event: str, ready: Prepared, arguments: Sequence[Any]) -> None:
        if self._engine.echo and event == "before_cursor_execute":
            logger.info("%s %r", ready.sql, arguments)
        for listener in getattr(self._engine.dispatch, event):
            listener(self._pooled, None, ready.sql, arguments, None, False)

    def _failure(self, sql: str, error: BaseException) -> DBAPIError:
        return DBAPIError(sql, None, error, hide_parameters=True, connection_invalidated=self._driver.is_closed())


async def driver_transaction(engine: AsyncEngine) -> DriverTransaction:
    """A transaction that has begun."""
    transaction = DriverTransaction(engine, await engine.raw_connection())
    try:
        await transaction.begin()
    except BaseException:
        await transaction.close()
        raise
    return transaction
