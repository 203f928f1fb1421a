"""Transactions to write in: what a unit of work needs of one, on either engine.

On PostgreSQL statements go to the driver itself, as when reading (queries/driver.py).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from queries.driver import FAILURES, DriverTransaction
from queries.prepared import Prepared, prepared_alike
from queries.transaction import CoreTransaction, Transaction

Rows = Sequence[Mapping[str, Any]]


class WriteTransaction(Transaction, Protocol):
    """Answers and runs statements until it is committed or closed."""

    async def run(self, statement: Executable, rows: Rows) -> None:
        """Run the statement once for each of these sets of parameters."""

    async def commit(self) -> None:
        """Make it last."""


class CoreWriteTransaction(CoreTransaction):
    """On a connection of SQLAlchemy's; it begins with its first statement."""

    async def run(self, statement: Executable, rows: Rows) -> None:
        await self._connection.execute(statement, [dict(row) for row in rows])

    async def commit(self) -> None:
        await self._connection.commit()


class DriverWriteTransaction(DriverTransaction):
    """On a connection of the engine's pool. Each statement sees what was committed before it."""

    BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
    COMMIT = "COMMIT"
    _is_over = False

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        ready = prepared_alike(statement)
        arguments = ready.arguments(parameters)
        sending = self._driver.fetch(ready.sql, *arguments, record_class=ready.row)
        found: Sequence[Any] = await self._announced(ready, arguments, sending)
        return found

    async def run(self, statement: Executable, rows: Rows) -> None:
        if len(rows) == 1:  # which costs half of what many do
            await self.rows(statement, rows[0])
            return
        ready = prepared_alike(statement)
        arguments = [ready.arguments(row) for row in rows]
        await self._announced(ready, arguments, self._driver.executemany(ready.sql, arguments), many=True)

    async def commit(self) -> None:
        try:
            await self._driver.execute(self.COMMIT)
        except FAILURES as error:
            raise self._failure(self.COMMIT, error) from error
        self._is_over = True

    async def close(self) -> None:
        if not self._is_over:
            await super().close()
            return
        with suppress(*FAILURES, SQLAlchemyError):
            await greenlet_spawn(self._pooled.close)

    async def _announced(self, ready: Prepared, arguments: Any, sending: Awaitable[Any], *, many: bool = False) -> Any:
        self._announce("before_cursor_execute", ready.sql, arguments, many=many)
        try:
            answer = await sending
        except FAILURES as error:
            raise self._failure(ready.sql, error) from error
        self._announce("after_cursor_execute", ready.sql, arguments, many=many)
        return answer

    def _failure(self, sql: str, error: BaseException) -> DBAPIError:
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            return IntegrityError(sql, None, error, hide_parameters=True)
        return super()._failure(sql, error)


async def write_transaction(engine: AsyncEngine) -> WriteTransaction:
    """A transaction on a connection of this engine."""
    return await _BEGIN[engine.dialect.name](engine)


async def _on_sqlite(engine: AsyncEngine) -> CoreWriteTransaction:
    return CoreWriteTransaction(await engine.connect())


async def _on_postgresql(engine: AsyncEngine) -> DriverWriteTransaction:
    transaction = DriverWriteTransaction(engine, await engine.raw_connection())
    try:
        await transaction.begin()
    except BaseException:
        await transaction.close()
        raise
    return transaction


_BEGIN: dict[str, Callable[[AsyncEngine], Awaitable[WriteTransaction]]] = {
    "sqlite": _on_sqlite,
    "postgresql": _on_postgresql,
}
