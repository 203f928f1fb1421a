"""Transactions to write in: what a unit of work needs of one, on either engine.

On PostgreSQL statements go to the driver itself, as when reading (queries/driver.py).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, cast

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from queries.caller import Actor, Caller, identify
from queries.driver import DriverTransaction
from queries.pool import LOST, DriverPool, end
from queries.prepared import Prepared, prepared_alike
from queries.transaction import CoreTransaction, Transaction

Rows = Sequence[Mapping[str, Any]]
Send = Callable[[], Awaitable[Any]]


class WriteTransaction(Transaction, Protocol):
    """Answers and runs statements until it is committed or closed."""

    async def run(self, statement: Executable, rows: Rows) -> None:
        """Run the statement once for each of these sets of parameters."""

    async def commit(self) -> None:
        """Make it last."""


class CoreWriteTransaction(CoreTransaction):
    """On a connection of SQLAlchemy's; it begins with its first statement."""

    async def open(self, caller: Caller) -> Actor:
        """Check the caller."""
        return await identify(self, caller)

    async def run(self, statement: Executable, rows: Rows) -> None:
        await self._connection.execute(statement, [dict(row) for row in rows])

    async def commit(self) -> None:
        await self._connection.commit()


class DriverWriteTransaction(DriverTransaction):
    """On a connection of the engine's pool. Each statement sees what was committed before it."""

    BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
    _is_over = False

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        ready = prepared_alike(statement)
        arguments = ready.arguments(parameters)
        send = partial(self._driver.fetch, ready.sql, *arguments, record_class=ready.row)
        found: Sequence[Any] = await self._sent(send, ready, arguments)
        return found

    async def run(self, statement: Executable, rows: Rows) -> None:
        if len(rows) == 1:
            await self.rows(statement, rows[0])
            return
        ready = prepared_alike(statement)
        arguments = [ready.arguments(row) for row in rows]
        await self._sent(partial(self._driver.executemany, ready.sql, arguments), ready, arguments, many=True)

    async def commit(self) -> None:
        await self._execute("COMMIT")
        self._is_over = True

    async def close(self) -> None:
        if self._is_over and self._pool.leave(self._pooled, is_open=False):
            return
        with suppress(*LOST, SQLAlchemyError):
            if not self._is_over:
                await end(self._pooled)
            await self._pool.give(self._pooled)

    async def _sent(self, send: Send, ready: Prepared, arguments: Any, *, many: bool = False) -> Any:
        self._announce("before_cursor_execute", ready.sql, arguments, many=many)
        try:
            answer = await send()
        except LOST as error:
            raise self._failure(ready.sql, error) from error
        self._announce("after_cursor_execute", ready.sql, arguments, many=many)
        return answer

    def _failure(self, sql: str, error: BaseException) -> DBAPIError:
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            return IntegrityError(sql, None, error, hide_parameters=True)
        return super()._failure(sql, error)


async def write_opened(engine: AsyncEngine, caller: Caller) -> tuple[WriteTransaction, Actor]:
    """A transaction that has begun, and who the caller turned out to be."""
    transaction = await _TAKEN[engine.dialect.name](engine)
    try:
        return transaction, await transaction.open(caller)
    except BaseException:
        await transaction.close()
        raise


async def _core(engine: AsyncEngine) -> CoreWriteTransaction:
    return CoreWriteTransaction(await engine.connect())


async def _driver(engine: AsyncEngine) -> DriverWriteTransaction:
    pool = cast("DriverPool", engine.pool)
    return DriverWriteTransaction(engine.sync_engine, pool, await pool.take())


_TAKEN: dict[str, Callable[[AsyncEngine], Awaitable[CoreWriteTransaction | DriverWriteTransaction]]] = {
    "sqlite": _core,
    "postgresql": _driver,
}
