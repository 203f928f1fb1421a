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
from sqlalchemy import Engine, Executable
from sqlalchemy.exc import DBAPIError, MissingGreenlet, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from queries.caller import Actor, Caller, identify
from queries.expectations import FOUND, Expectation, Expectations, preparation
from queries.prepared import prepared

logger = logging.getLogger("sqlalchemy.engine.Engine")

EXPECTATIONS = Expectations()
OWN_SESSIONS = "own_sessions"
"""The engine's option that says whether its connections have sessions of their own on the server."""
_ASKS = "asks"
_LOST = asyncpg.InternalClientError
"""What asyncpg says when the server hung up between two statements and it has not yet noticed."""
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, _LOST, OSError, TimeoutError)


class DriverTransaction:
    """A read-only snapshot on a connection of the engine's pool."""

    dialect = "postgresql"
    BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, engine: Engine, pooled: Any) -> None:
        self._engine = engine
        self._pooled = pooled
        self._driver: asyncpg.Connection = pooled.driver_connection

    async def open(self, caller: Caller) -> Actor:
        """Begin, and check the caller. Nothing is seen before that statement, and nothing later than it."""
        expected = EXPECTATIONS.of(caller)
        if expected is not None and await self._asks():
            if await self._agrees(expected):
                return expected.actor
        else:
            await self._execute(self.BEGIN)
        actor = await identify(self, caller)
        EXPECTATIONS.note(caller, actor)
        return actor

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        ready = prepared(statement)
        arguments = ready.arguments(parameters)
        self._announce("before_cursor_execute", ready.sql, arguments)
        try:
            found: Sequence[Any] = await self._driver.fetch(ready.sql, *arguments, record_class=ready.row)
        except FAILURES as error:
            raise self._failure(ready.sql, error) from error
        self._announce("after_cursor_execute", ready.sql, arguments)
        return found

    async def close(self) -> None:
        with suppress(*FAILURES, SQLAlchemyError):
            try:
                await self._driver.execute("ROLLBACK")
            except FAILURES:
                await greenlet_spawn(self._pooled.invalidate)
            await given_back(self._engine, self._pooled)

    async def _asks(self) -> bool:
        """Whether the connection knows the questions; it learns them when it is first used. Behind a pooler that
        shares sessions it never does: what is prepared there is not found again."""
        info = self._pooled.info
        if _ASKS not in info:
            info[_ASKS] = self._engine.get_execution_options().get(OWN_SESSIONS, False) and await self._learns()
        return bool(info[_ASKS])

    async def _learns(self) -> bool:
        try:
            await self._driver.execute(preparation())
        except asyncpg.DuplicatePreparedStatementError:
            return False
        except FAILURES as error:
            raise self._failure("PREPARE", error) from error
        return True

    async def _agrees(self, expected: Expectation) -> bool:
        """Begin, and ask whether the caller is whom we expect."""
        question = expected.question
        self._announce("before_cursor_execute", question, ())
        try:
            answer = await self._driver.execute(f"{self.BEGIN}; {question}")
        except asyncpg.InvalidSQLStatementNameError:
            self._pooled.info[_ASKS] = False
            answer = await self._execute(f"ROLLBACK; {self.BEGIN}")
        except FAILURES as error:
            raise self._failure(question, error) from error
        self._announce("after_cursor_execute", question, ())
        return bool(answer == FOUND)

    async def _execute(self, sql: str) -> str:
        try:
            answer: str = await self._driver.execute(sql)
        except FAILURES as error:
            raise self._failure(sql, error) from error
        return answer

    def _announce(self, event: str, sql: str, arguments: Sequence[Any], *, many: bool = False) -> None:
        if not (self._engine._has_events or self._engine.echo):  # noqa: SLF001 -- as SQLAlchemy's own statements do
            return
        if self._engine.echo and event == "before_cursor_execute":
            logger.info("%s %r", sql, arguments)
        for listener in getattr(self._engine.dispatch, event):
            listener(self._pooled, None, sql, arguments, None, many)

    def _failure(self, sql: str, error: BaseException) -> DBAPIError:
        lost = isinstance(error, _LOST) or self._driver.is_closed()
        return DBAPIError(sql, None, error, hide_parameters=True, connection_invalidated=lost)


async def driver_opened(engine: AsyncEngine, caller: Caller) -> tuple[DriverTransaction, Actor]:
    """A transaction that has begun, and who the caller turned out to be."""
    transaction = DriverTransaction(engine.sync_engine, await taken(engine))
    try:
        return transaction, await transaction.open(caller)
    except BaseException:
        await transaction.close()
        raise


async def taken(engine: AsyncEngine) -> Any:
    """A connection of the pool. One that the server has closed while nobody used it is made anew."""
    pooled = await _next(engine)
    while pooled.driver_connection.is_closed():
        await greenlet_spawn(pooled.invalidate)
        pooled = await _next(engine)
    return pooled


async def _next(engine: AsyncEngine) -> Any:
    """Where a connection is ready, there is nothing to wait for, and no greenlet to wait in."""
    pool: Any = engine.pool
    if pool.checkedin():
        with suppress(MissingGreenlet):
            return engine.sync_engine.raw_connection()
    return await engine.raw_connection()


async def given_back(engine: Engine, pooled: Any) -> None:
    """Back to the pool, which closes it if it has enough."""
    pool: Any = engine.pool
    if pool.overflow() <= 0:
        pooled.close()
    else:
        await greenlet_spawn(pooled.close)
