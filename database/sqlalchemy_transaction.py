"""Transactions on SQLite that execute statements through SQLAlchemy's connection."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.abort import StatementTimeout
from database.transaction import RELEASE_SAVEPOINT, ROLL_BACK_TO_SAVEPOINT, SET_SAVEPOINT, ParameterSets
from database.uncached import is_uncached

WITHOUT_CACHE = {"compiled_cache": None}

WATCH = "allotment.statement_watch"
"""The key of a connection's StatementWatch in its `info`."""


class SqlAlchemyTransaction:
    """A transaction on a connection of SQLAlchemy. It begins with its first statement."""

    def __init__(self, connection: AsyncConnection, on_close: Callable[[], None]) -> None:
        self._connection = connection
        self._on_close = on_close
        self._is_executing = False
        self._is_closed = False
        self.is_optimistic = self.is_unconfirmed = False
        self._watch = connection.sync_connection.info[WATCH]  # type: ignore[union-attr]
        self._watch.is_interrupted = False
        self.dialect = connection.dialect.name

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        options = WITHOUT_CACHE if is_uncached(statement) else None
        return (await self._execute(statement, dict(parameters), options)).all()  # type: ignore[no-any-return]

    async def execute(self, statement: Executable, parameter_sets: ParameterSets) -> None:
        await self._execute(statement, [dict(parameters) for parameters in parameter_sets])

    async def set_savepoint(self) -> None:
        await self._connection.exec_driver_sql(SET_SAVEPOINT)

    async def release_savepoint(self) -> None:
        await self._connection.exec_driver_sql(RELEASE_SAVEPOINT)

    async def roll_back_to_savepoint(self) -> None:
        await self._connection.exec_driver_sql(ROLL_BACK_TO_SAVEPOINT)
        await self._connection.exec_driver_sql(RELEASE_SAVEPOINT)

    def insert_later(self, table: Table, rows: ParameterSets) -> bool:  # noqa: ARG002
        return False

    def update_later(self, table: Table, columns: tuple[str, ...], rows: ParameterSets) -> bool:  # noqa: ARG002
        return False

    def delete_later(self, table: Table, rows: ParameterSets) -> bool:  # noqa: ARG002
        return False

    def claim_later(self, table: Table, row: Mapping[str, Any], lifetime: timedelta) -> bool:  # noqa: ARG002
        return False

    async def commit(self) -> None:
        await self._connection.commit()

    def interrupt(self) -> bool:
        self._watch.is_interrupted = True
        return self._is_executing

    def park(self) -> bool:
        return False

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._watch.is_interrupted = False  # for the rollback
        try:
            with suppress(SQLAlchemyError, OSError):
                await self._connection.close()
        finally:
            self._on_close()

    async def _execute(self, statement: Executable, parameters: Any, options: Any = None) -> Any:
        self._is_executing = True
        self._watch.start()
        try:
            return await self._connection.execute(statement, parameters, execution_options=options)
        except OperationalError as error:
            if str(error.orig) == "interrupted" and not self._watch.is_interrupted:
                raise StatementTimeout(self._watch.timeout) from error
            raise
        finally:
            self._watch.stop()
            self._is_executing = False
