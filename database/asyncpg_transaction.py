"""Read transactions on PostgreSQL. Like those that write (database/asyncpg_write_transaction.py), they execute
statements through asyncpg.

SQLAlchemy builds the statements. Executing them through its connection layers would cost more than PostgreSQL takes to
answer, so each statement is compiled once (database/compiled.py), asyncpg sends it, and the rows are asyncpg records.
Listeners for the events of SQLAlchemy's engine, such as tracers, are notified as usual.
"""

import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Engine, Executable
from sqlalchemy.exc import DBAPIError

from database.abort import StatementTimeout
from database.authentication import Credentials, Principal, authenticate
from database.cached_identity import VERIFIED, CachedIdentity, prepare_sql
from database.callers import Callers
from database.compiled import compile_by_shape
from database.connection import DRIVER_ERRORS, ROLLBACK, PooledConnection
from database.outage import is_end_of_session
from database.pool import ConnectionPool

logger = logging.getLogger("sqlalchemy.engine.Engine")

IS_PREPARED = "is_prepared"
"""Whether the connection can verify cached identities; not known until it is asked."""


@dataclass(frozen=True)
class FetchedRows:
    """What listeners for SQLAlchemy's event `after_cursor_execute` receive instead of a cursor."""

    rows: Sequence[Any] | None


@dataclass(frozen=True)
class FailedStatement:
    """What listeners for SQLAlchemy's event `handle_error` receive: a part of its ExceptionContext."""

    connection: PooledConnection
    statement: str
    original_exception: BaseException


class AsyncpgReadTransaction:
    """A read-only snapshot of the database."""

    dialect = "postgresql"
    BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, engine: Engine, pool: ConnectionPool, connection: PooledConnection) -> None:
        self._engine = engine
        self._pool = pool
        self._connection = connection
        self._driver: Any = connection.driver
        self._deadline = connection.deadline
        self._has_failed = False

    async def begin(self, credentials: Credentials, callers: Callers) -> Principal:
        """Begin and authenticate. The snapshot is taken by the identity statement, so nothing older is visible."""
        cached = await self._find_identity(credentials, callers)
        if cached is None:
            await self._execute(self._begin_sql)
        elif await self._verify_identity(self._begin_sql, cached):
            return cached.principal
        principal = await authenticate(self, credentials)
        callers.record(credentials, principal)
        return principal

    def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Awaitable[Sequence[Any]]:
        compiled = compile_by_shape(statement)
        return self._fetch(compiled.sql, compiled.arguments(parameters), compiled.record_class)

    async def _fetch(self, sql: str, arguments: Sequence[Any], record_class: type[asyncpg.Record]) -> Sequence[Any]:
        self._notify("before_cursor_execute", sql, arguments)
        self._deadline.start()
        try:
            rows: Sequence[Any] = await self._driver.fetch(sql, *arguments, record_class=record_class)
        except DRIVER_ERRORS as error:
            raise self._wrap(sql, error) from error
        finally:
            self._deadline.stop()
        self._notify("after_cursor_execute", sql, arguments, rows)
        return rows

    def interrupt(self) -> bool:
        return False  # asyncpg sends a cancel request if the task is cancelled

    def park(self) -> bool:
        return not self._has_failed and self._pool.park(self._connection)

    async def close(self) -> None:
        await self._pool.release(self._connection)

    @property
    def _begin_sql(self) -> str:
        """The SQL that begins the transaction. It ends that of a parked connection."""
        return f"{ROLLBACK}; {self.BEGIN}" if self._connection.has_open_transaction else self.BEGIN

    async def _find_identity(self, credentials: Credentials, callers: Callers) -> CachedIdentity | None:
        """Return the cached identity; None if there is none, or if the connection cannot verify it."""
        caller = callers.find(credentials)
        if caller is None or caller.identity is None:
            return None
        is_prepared = self._connection.info.get(IS_PREPARED) or await self._ensure_prepared()
        return caller.identity if is_prepared else None

    async def _ensure_prepared(self) -> bool:
        """Return whether the connection can verify cached identities; prepare it for that once."""
        info = self._connection.info
        if IS_PREPARED not in info:
            info[IS_PREPARED] = await self._prepare()
        return bool(info[IS_PREPARED])

    async def _prepare(self) -> bool:
        self._deadline.start()
        try:
            await self._driver.execute(prepare_sql())
        except asyncpg.DuplicatePreparedStatementError:
            return False
        except DRIVER_ERRORS as error:
            raise self._wrap("PREPARE", error) from error
        finally:
            self._deadline.stop()
        return True

    async def _verify_identity(self, begin: str, identity: CachedIdentity) -> bool:
        """Begin, and return whether the credentials still have the cached principal."""
        sql = identity.verify_sql
        self._notify("before_cursor_execute", sql, ())
        self._deadline.start()
        try:
            command_tag = await self._driver.execute(f"{begin}; {sql}")
        except asyncpg.InvalidSQLStatementNameError:
            self._connection.info[IS_PREPARED] = False
            command_tag = await self._execute(f"{ROLLBACK}; {self.BEGIN}")
        except DRIVER_ERRORS as error:
            raise self._wrap(sql, error) from error
        finally:
            self._deadline.stop()
        self._notify("after_cursor_execute", sql, ())
        return bool(command_tag == VERIFIED)

    async def _execute(self, sql: str, text: str | None = None, *, statements: int = 1) -> str:
        """Execute statements. Errors contain the text instead of the SQL, if there is one. Each of the statements that
        may wait for locks has the whole timeout."""
        self._deadline.start(statements)
        try:
            command_tag: str = await self._driver.execute(sql)
        except DRIVER_ERRORS as error:
            raise self._wrap(text or sql, error) from error
        finally:
            self._deadline.stop()
        return command_tag

    def _notify(
        self, event: str, sql: str, arguments: Sequence[Any], rows: Sequence[Any] | None = None, *, many: bool = False
    ) -> None:
        if self._engine._has_events:  # noqa: SLF001 -- False until the first listener is added
            cursor = FetchedRows(rows)
            for listener in getattr(self._engine.dispatch, event):
                listener(self._connection, cursor, sql, arguments, None, many)
        if event == "before_cursor_execute" and self._engine.echo:
            logger.info("%s %r", sql, arguments)

    def _wrap(self, sql: str, error: BaseException) -> Exception:
        """Return SQLAlchemy's exception for an error of asyncpg, or StatementTimeout."""
        self._has_failed = True
        for listener in self._engine.dialect.dispatch.handle_error:
            listener(FailedStatement(self._connection, sql, error))
        is_lost = self._is_lost(error)
        if is_lost:
            self._pool.discard(self._connection)
        if isinstance(error, asyncpg.QueryCanceledError | TimeoutError) and not is_lost:
            return StatementTimeout(self._deadline.statement_timeout)
        return DBAPIError(sql, None, error, hide_parameters=True, connection_invalidated=is_lost)

    def _is_lost(self, error: BaseException) -> bool:
        """Return whether the connection must not be used any more."""
        return isinstance(error, asyncpg.InternalClientError) or self._connection.is_closed or is_end_of_session(error)
