"""Transactions on PostgreSQL that execute statements through asyncpg.

SQLAlchemy builds the statements. Executing them through its connection layers would cost more than PostgreSQL takes to
answer, so each statement is compiled once (database/compiled.py), asyncpg sends it, and the rows are asyncpg records.
Listeners for the events of SQLAlchemy's engine, such as tracers, are notified as usual.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import Engine, Executable, Table
from sqlalchemy.exc import DBAPIError, IntegrityError

from database.abort import StatementTimeout
from database.authentication import Credentials, Principal, authenticate
from database.cached_identity import VERIFIED, CachedIdentity, prepare_sql
from database.callers import Callers
from database.compiled import CompiledStatement, compile_by_shape, compile_statement
from database.connection import DRIVER_ERRORS, ROLLBACK, PooledConnection
from database.inline_insert import InlineInsert, inline_insert
from database.outage import CommitResultUnknown, is_end_of_session, is_read_only, is_read_only_error
from database.pool import ConnectionPool
from database.transaction import RELEASE_SAVEPOINT, ROLL_BACK_TO_SAVEPOINT, SET_SAVEPOINT, ParameterSets
from models import AuditEntry
from models.relations import table_of

logger = logging.getLogger("sqlalchemy.engine.Engine")

INSERTED_AT_COMMIT = table_of(AuditEntry)
"""The table whose rows most transactions write last."""
_IS_PREPARED = "is_prepared"


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
        begin = f"{ROLLBACK}; {self.BEGIN}" if self._connection.has_open_transaction else self.BEGIN
        caller = callers.find(credentials)
        cached = None if caller is None else caller.identity
        if cached is None or not (self._connection.info.get(_IS_PREPARED) or await self._ensure_prepared()):
            await self._execute(begin)
        elif await self._verify_identity(begin, cached):
            return cached.principal
        principal = await authenticate(self, credentials)
        callers.record(credentials, principal)
        return principal

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        compiled = compile_statement(statement)
        arguments = compiled.arguments(parameters)
        self._notify("before_cursor_execute", compiled.sql, arguments)
        self._deadline.start()
        try:
            rows: Sequence[Any] = await self._driver.fetch(compiled.sql, *arguments, record_class=compiled.record_class)
        except DRIVER_ERRORS as error:
            raise self._wrap(compiled.sql, error) from error
        finally:
            self._deadline.stop()
        self._notify("after_cursor_execute", compiled.sql, arguments, rows)
        return rows

    def interrupt(self) -> bool:
        return False  # asyncpg sends a cancel request if the task is cancelled

    def park(self) -> bool:
        return not self._has_failed and self._pool.park(self._connection)

    async def close(self) -> None:
        await self._pool.release(self._connection)

    async def _ensure_prepared(self) -> bool:
        """Return whether the connection can verify cached identities; prepare it for that once."""
        info = self._connection.info
        if _IS_PREPARED not in info:
            info[_IS_PREPARED] = await self._prepare()
        return bool(info[_IS_PREPARED])

    @staticmethod
    def setup_sql() -> str:
        """Return the SQL that prepares a connection once, for reading and writing."""
        return f"{prepare_sql()}; {inline_insert(INSERTED_AT_COMMIT).prepare_sql}"

    async def _prepare(self) -> bool:
        self._deadline.start()
        try:
            await self._driver.execute(self.setup_sql())
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
            self._connection.info[_IS_PREPARED] = False
            command_tag = await self._execute(f"{ROLLBACK}; {self.BEGIN}")
        except DRIVER_ERRORS as error:
            raise self._wrap(sql, error) from error
        finally:
            self._deadline.stop()
        self._notify("after_cursor_execute", sql, ())
        return bool(command_tag == VERIFIED)

    async def _execute(self, sql: str) -> str:
        self._deadline.start()
        try:
            command_tag: str = await self._driver.execute(sql)
        except DRIVER_ERRORS as error:
            raise self._wrap(sql, error) from error
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


class AsyncpgWriteTransaction(AsyncpgReadTransaction):
    """A transaction that writes. Each statement sees what was committed before it."""

    BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
    _is_committed = False

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        compiled = compile_by_shape(statement)
        arguments = compiled.arguments(parameters)
        send = partial(self._driver.fetch, compiled.sql, *arguments, record_class=compiled.record_class)
        rows: Sequence[Any] = await self._send(send, compiled, arguments)
        return rows

    async def execute(self, statement: Executable, parameter_sets: ParameterSets) -> None:
        if len(parameter_sets) == 1:
            await self.rows(statement, parameter_sets[0])
            return
        compiled = compile_by_shape(statement)
        arguments = [compiled.arguments(parameters) for parameters in parameter_sets]
        await self._send(partial(self._driver.executemany, compiled.sql, arguments), compiled, arguments, many=True)

    async def set_savepoint(self) -> None:
        await self._execute(SET_SAVEPOINT)

    async def release_savepoint(self) -> None:
        await self._execute(RELEASE_SAVEPOINT)

    async def roll_back_to_savepoint(self) -> None:
        await self._execute(f"{ROLL_BACK_TO_SAVEPOINT}; {RELEASE_SAVEPOINT}")

    def can_insert_at_commit(self, table: Table) -> bool:
        return table is INSERTED_AT_COMMIT and bool(self._connection.info.get(_IS_PREPARED))

    async def commit(self, table: Table | None = None, rows: ParameterSets = ()) -> None:
        is_sent = not self._connection.is_closed
        try:
            if table is None:
                is_observed = self._engine._has_events  # noqa: SLF001 -- otherwise a commit needs no further calls
                if is_observed:
                    self._notify("before_cursor_execute", "COMMIT", ())
                await self._execute("COMMIT")
                if is_observed:
                    self._notify("after_cursor_execute", "COMMIT", ())
            else:
                await self._insert_and_commit(inline_insert(table), rows)
        except DBAPIError as error:
            if is_sent and error.connection_invalidated and not is_read_only(error):
                raise CommitResultUnknown("The connection was lost before the answer to COMMIT.") from error
            raise
        except StatementTimeout as error:
            if isinstance(error.__cause__, TimeoutError):  # the driver's own, not an error of the server
                raise CommitResultUnknown("The driver did not wait any longer for the answer to COMMIT.") from error
            raise
        self._is_committed = True

    async def _insert_and_commit(self, statement: InlineInsert, rows: ParameterSets) -> None:
        self._notify("before_cursor_execute", statement.name, ())
        self._deadline.start()
        try:
            await self._driver.execute(f"{statement.execute_sql(rows)}; COMMIT")
        except DRIVER_ERRORS as error:
            if isinstance(error, asyncpg.InvalidSQLStatementNameError):
                self._connection.info[_IS_PREPARED] = False
            raise self._wrap(statement.name, error) from error
        finally:
            self._deadline.stop()
        self._notify("after_cursor_execute", statement.name, ())

    async def close(self) -> None:
        if not (self._is_committed and self._pool.park(self._connection)):
            await self._pool.release(self._connection, rollback=not self._is_committed)

    async def _send(
        self, send: Callable[[], Awaitable[Any]], compiled: CompiledStatement, arguments: Any, *, many: bool = False
    ) -> Any:
        self._notify("before_cursor_execute", compiled.sql, arguments, many=many)
        self._deadline.start()
        try:
            result = await send()
        except DRIVER_ERRORS as error:
            raise self._wrap(compiled.sql, error) from error
        finally:
            self._deadline.stop()
        self._notify("after_cursor_execute", compiled.sql, arguments, result, many=many)
        return result

    def _wrap(self, sql: str, error: BaseException) -> Exception:
        wrapped = super()._wrap(sql, error)
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            return IntegrityError(sql, None, error, hide_parameters=True)
        return wrapped

    def _is_lost(self, error: BaseException) -> bool:
        """A server that accepts no writes has been replaced as the primary, or will be."""
        return super()._is_lost(error) or is_read_only_error(error)
