"""Transactions on PostgreSQL that write through asyncpg.

Writes that return nothing wait for the next statement, or for the commit, and are sent with it in one message
(database/unsent_message.py). So does the beginning of an optimistic transaction.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import Engine, Executable, Table
from sqlalchemy.exc import DBAPIError, IntegrityError

from database.abort import StatementTimeout
from database.asyncpg_transaction import IS_PREPARED, AsyncpgReadTransaction
from database.authentication import Credentials, Principal
from database.callers import Callers
from database.compiled import CompiledStatement, compile_by_shape
from database.connection import DRIVER_ERRORS, PooledConnection
from database.inline_write import (
    OLD,
    TABLES_WITH_SECRETS,
    InlineWrite,
    Row,
    inline_claim,
    inline_delete,
    inline_insert,
    inline_update,
)
from database.outage import CommitResultUnknown, is_read_only, is_read_only_error
from database.pool import ConnectionPool
from database.transaction import (
    RELEASE_SAVEPOINT,
    ROLL_BACK_TO_SAVEPOINT,
    SET_SAVEPOINT,
    OptimisticWriteFailed,
    ParameterSets,
)
from database.unsent_message import UnsentMessage

COMMIT = "COMMIT"
_NOT_PREPARED = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
"""Behind a pooler, a transaction may run in another session than the one that has prepared its statements."""
_LOST_RACES = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class AsyncpgWriteTransaction(AsyncpgReadTransaction):
    """A transaction that writes. Each statement sees what was committed before it."""

    BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
    is_optimistic = is_unconfirmed = False
    _is_committed = False

    def __init__(self, engine: Engine, pool: ConnectionPool, connection: PooledConnection) -> None:
        super().__init__(engine, pool, connection)
        self._unsent = UnsentMessage(connection)

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
        await self._execute_after_unsent(SET_SAVEPOINT)

    async def release_savepoint(self) -> None:
        await self._execute_after_unsent(RELEASE_SAVEPOINT)

    async def roll_back_to_savepoint(self) -> None:
        await self._execute_after_unsent(f"{ROLL_BACK_TO_SAVEPOINT}; {RELEASE_SAVEPOINT}")

    def insert_later(self, table: Table, rows: ParameterSets) -> bool:
        return self._write_later(table, inline_insert(table), rows)

    def update_later(self, table: Table, columns: tuple[str, ...], rows: ParameterSets) -> bool:
        matched = tuple(name.removeprefix(OLD) for name in rows[0] if name.startswith(OLD))
        return self._write_later(table, inline_update(table, columns, matched), rows)

    def delete_later(self, table: Table, rows: ParameterSets) -> bool:
        matched = tuple(name.removeprefix(OLD) for name in rows[0])
        return self._write_later(table, inline_delete(table, matched), rows)

    def claim_later(self, table: Table, row: Mapping[str, Any], lifetime: timedelta) -> bool:
        is_waiting = self._write_later(table, inline_claim(table, lifetime), [row])
        self._unsent.has_claim |= is_waiting
        return is_waiting

    def _write_later(self, table: Table, write: InlineWrite, rows: Sequence[Row]) -> bool:
        may_wait = table not in TABLES_WITH_SECRETS and bool(self._connection.info.get(IS_PREPARED))
        return may_wait and self._unsent.add_write(write, rows)

    async def commit(self) -> None:
        if self._unsent.unprepared:
            await self._prepare_unsent()
        is_sent = not self._connection.is_closed
        try:
            await self._send_unsent(COMMIT)
        except DBAPIError as error:
            if is_sent and error.connection_invalidated and not is_read_only(error):
                raise CommitResultUnknown("The connection was lost before the answer to COMMIT.") from error
            raise
        except StatementTimeout as error:
            if isinstance(error.__cause__, TimeoutError):  # the driver's own, not an error of the server
                raise CommitResultUnknown("The driver did not wait any longer for the answer to COMMIT.") from error
            raise
        self._is_committed = True

    async def close(self) -> None:
        is_idle = (self._is_committed or self._unsent.begins) and not self._connection.is_closed
        if not (is_idle and self._pool.park(self._connection)):
            await self._pool.release(self._connection, rollback=not self._is_committed)

    async def _send_unsent(self, last: str = "") -> None:
        """Send what is not sent yet, and a last statement, in one message."""
        has_claim = self._unsent.has_claim
        try:
            if self._unsent.unprepared:
                await self._prepare_unsent()
            message, self._unsent = self._unsent, UnsentMessage(self._connection)
            text = message.text_before(last)
            self._notify("before_cursor_execute", text, ())
            await self._execute(message.sql_before(last), text, statements=len(message.statements) + 1)
            self._notify("after_cursor_execute", text, ())
        except (DBAPIError, StatementTimeout) as error:
            if self._note_refusal(error, has_claim=has_claim):
                raise OptimisticWriteFailed from error
            raise

    def _note_refusal(self, error: DBAPIError | StatementTimeout, *, has_claim: bool) -> bool:  # noqa: ARG002
        """Return whether the use case is to be repeated because PostgreSQL has refused the message."""
        return False

    async def _prepare_unsent(self) -> None:
        """Prepare the writes that the connection has not prepared yet."""
        try:
            await self._execute(self._unsent.prepare_sql, "PREPARE")
        except BaseException:  # which of them the connection has prepared is unknown
            self._connection.terminate()
            raise
        self._unsent.note_prepared()

    async def _execute_after_unsent(self, sql: str) -> None:
        if self._unsent.statements:
            await self._send_unsent()
        await self._execute(sql)

    async def _send(
        self, send: Callable[[], Awaitable[Any]], compiled: CompiledStatement, arguments: Any, *, many: bool = False
    ) -> Any:
        if self._unsent.statements:
            await self._send_unsent()
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
        if isinstance(error, _NOT_PREPARED):
            self._connection.info[IS_PREPARED] = False
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            return IntegrityError(sql, None, error, hide_parameters=True)
        return wrapped

    def _is_lost(self, error: BaseException) -> bool:
        """A server that accepts no writes has been replaced as the primary, or will be."""
        return super()._is_lost(error) or is_read_only_error(error)


class OptimisticWriteTransaction(AsyncpgWriteTransaction):
    """A transaction that is not begun before its first message, which also confirms the principal.

    PostgreSQL refuses the message as a whole if the principal has changed or a write violates a constraint. Which it
    was is found by repeating the transaction statement by statement, so each error is that of its statement.
    """

    _is_refused = False

    async def set_savepoint(self) -> None:
        """Set it; from now on, each write is a statement of its own, so that what it violates can be rolled back."""
        await super().set_savepoint()
        self.is_optimistic = False

    @property
    def is_unconfirmed(self) -> bool:  # type: ignore[override]  # of the class elsewhere
        return self._is_refused or bool(self._unsent.statements)

    async def begin(self, credentials: Credentials, callers: Callers) -> Principal:
        cached = await self._find_identity(credentials, callers)
        if cached is None:
            principal = await super().begin(credentials, callers)
        else:
            self._unsent.add_begin(self._begin_sql, cached.require_sql)
            principal = cached.principal
        self.is_optimistic = bool(self._connection.info.get(IS_PREPARED))
        return principal

    def _note_refusal(self, error: DBAPIError | StatementTimeout, *, has_claim: bool) -> bool:
        is_refusal = _is_refusal(error, has_claim=has_claim)
        self._is_refused |= is_refusal
        return is_refusal


def _is_refusal(error: DBAPIError | StatementTimeout, *, has_claim: bool) -> bool:
    """Return whether PostgreSQL has refused the message because of what it contains. A wait for a claim that takes too
    long has an error of its own."""
    if isinstance(error, StatementTimeout):
        return has_claim and isinstance(error.__cause__, asyncpg.QueryCanceledError)
    return not error.connection_invalidated and not isinstance(error.orig, _LOST_RACES)
