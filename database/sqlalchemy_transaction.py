"""Transactions on SQLite that execute statements through SQLAlchemy's connection."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.transaction import ParameterSets
from database.uncached import is_uncached

WITHOUT_CACHE = {"compiled_cache": None}


class SqlAlchemyTransaction:
    """A transaction on a connection of SQLAlchemy. It begins with its first statement."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        options = WITHOUT_CACHE if is_uncached(statement) else None
        return (await self._connection.execute(statement, dict(parameters), execution_options=options)).all()

    async def execute(self, statement: Executable, parameter_sets: ParameterSets) -> None:
        await self._connection.execute(statement, [dict(parameters) for parameters in parameter_sets])

    async def commit(self) -> None:
        await self._connection.commit()

    def park(self) -> bool:
        return False

    async def close(self) -> None:
        with suppress(SQLAlchemyError, OSError):
            await self._connection.close()
