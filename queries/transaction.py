"""A transaction to read in: what a reader and the caller's check need of it, whichever engine is behind."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from sqlalchemy import Executable
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection


class Transaction(Protocol):
    """Answers statements until it is closed."""

    dialect: str

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """The statement's rows, which have its columns as attributes."""

    def leave(self) -> bool:
        """Give the connection back, if there is nothing to wait for; whether that was done."""

    async def close(self) -> None:
        """Give the connection back, whatever has happened to it."""


class CoreTransaction:
    """On a connection of SQLAlchemy's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        return (await self._connection.execute(statement, dict(parameters))).all()

    def leave(self) -> bool:
        return False

    async def close(self) -> None:
        with suppress(SQLAlchemyError, OSError):
            await self._connection.close()
