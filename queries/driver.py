"""Reading on PostgreSQL through the driver itself.

SQLAlchemy builds the statements and keeps the pool; between them its layers would cost more than the database takes
to answer. So a statement is compiled once (queries/prepared.py), sent by asyncpg, and its rows are asyncpg's own.
Whoever listens to the engine's statements, such as a tracer, hears of these too.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import asyncpg
from sqlalchemy import Engine, Executable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from queries.caller import Actor, Caller, identify
from queries.expectations import FOUND, Expectation, preparation
from queries.pool import LOST, ROLLBACK, DriverPool, end, is_lost, was_open
from queries.prepared import prepared

logger = logging.getLogger("sqlalchemy.engine.Engine")

OWN_SESSIONS = "own_sessions"
"""The engine's option that says whether its connections have sessions of their own on the server."""
_ASKS = "asks"


class DriverTransaction:
    """A read-only snapshot on a connection of the engine's pool."""

    dialect = "postgresql"
    BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, engine: Engine, pool: DriverPool, pooled: PoolProxiedConnection) -> None:
        self._engine = engine
        self._pool = pool
        self._pooled = pooled
        self._has_failed = False
        self._driver: Any = pooled.driver_connection

    async def open(self, caller: Caller) -> Actor:
        """Begin, and check the caller. Nothing is seen before that statement, and nothing later than it."""
        begin = f"{ROLLBACK}; {self.BEGIN}" if was_open(self._pooled) else self.BEGIN
        expected = self._pool.expectations.of(caller)
        if expected is None or not await self._asks():
            await self._execute(begin)
        elif await self._agrees(begin, expected):
            return expected.actor
        actor = await identify(self, caller)
        self._pool.expectations.note(caller, actor)
        return actor

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        ready = prepared(statement)
        arguments = ready.arguments(parameters)
        self._announce("before_cursor_execute", ready.sql, arguments)
        try:
            found: Sequence[Any] = await self._driver.fetch(ready.sql, *arguments, record_class=ready.row)
        except LOST as error:
            raise self._failure(ready.sql, error) from error
        self._announce("after_cursor_execute", ready.sql, arguments)
        return found

    def leave(self) -> bool:
        return not self._has_failed and self._pool.leave(self._pooled, is_open=True)

    async def close(self) -> None:
        with suppress(*LOST, SQLAlchemyError):
            await end(self._pooled)
            await self._pool.give(self._pooled)

    async def _asks(self) -> bool:
        """Whether the connection can be asked; it is prepared for that when it first is. Behind a pooler that shares
        sessions it never can: what is prepared in one is not found again."""
        info = self._pooled.info
        if _ASKS not in info:
            info[_ASKS] = self._engine.get_execution_options().get(OWN_SESSIONS, False) and await self._prepared()
        return bool(info[_ASKS])

    async def _prepared(self) -> bool:
        try:
            await self._driver.execute(preparation())
        except asyncpg.DuplicatePreparedStatementError:
            return False
        except LOST as error:
            raise self._failure("PREPARE", error) from error
        return True

    async def _agrees(self, begin: str, expected: Expectation) -> bool:
        """Begin, and ask whether the caller is whom we expect."""
        question = expected.question
        self._announce("before_cursor_execute", question, ())
        try:
            answer = await self._driver.execute(f"{begin}; {question}")
        except asyncpg.InvalidSQLStatementNameError:
            self._pooled.info[_ASKS] = False
            answer = await self._execute(f"{ROLLBACK}; {self.BEGIN}")
        except LOST as error:
            raise self._failure(question, error) from error
        self._announce("after_cursor_execute", question, ())
        return bool(answer == FOUND)

    async def _execute(self, sql: str) -> str:
        try:
            answer: str = await self._driver.execute(sql)
        except LOST as error:
            raise self._failure(sql, error) from error
        return answer

    def _announce(self, event: str, sql: str, arguments: Sequence[Any], *, many: bool = False) -> None:
        if self._engine._has_events:  # noqa: SLF001 -- else nobody has ever listened
            for listener in getattr(self._engine.dispatch, event):
                listener(self._pooled, None, sql, arguments, None, many)
        if event == "before_cursor_execute" and self._engine.echo:
            logger.info("%s %r", sql, arguments)

    def _failure(self, sql: str, error: BaseException) -> DBAPIError:
        self._has_failed = True
        lost = isinstance(error, asyncpg.InternalClientError) or is_lost(self._pooled)
        return DBAPIError(sql, None, error, hide_parameters=True, connection_invalidated=lost)


async def driver_opened(engine: AsyncEngine, caller: Caller) -> tuple[DriverTransaction, Actor]:
    """A transaction that has begun, and who the caller turned out to be."""
    pool = cast("DriverPool", engine.pool)
    transaction = DriverTransaction(engine.sync_engine, pool, await pool.take())
    try:
        return transaction, await transaction.open(caller)
    except BaseException:
        await transaction.close()
        raise
