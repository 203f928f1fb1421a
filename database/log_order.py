"""The order of the logs (models/log.py): how their rows are numbered, and which of them readers may see.

A database has one order. It is chosen once, when the server knows what database it uses.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from models.log import IDENTIFY_CLUSTER

Execute = Callable[[Executable, Mapping[str, Any]], Awaitable[Any]]
"""Executes a statement in a transaction, and returns its rows."""


def executes_on(connection: AsyncConnection) -> Execute:
    """Return the function that executes statements on a connection of an engine."""

    async def execute(statement: Executable, parameters: Mapping[str, Any]) -> Any:
        result = await connection.execute(statement, parameters)
        return result.all() if result.returns_rows else ()

    return execute


class LogOrder(ABC):
    """An order of the logs."""

    has_horizon: ClassVar[bool]
    """Whether a row may become visible before an earlier one, so that readers stop below the oldest transaction."""
    epoch: ClassVar[int | None]
    """The epoch of all rows; None if the database determines it."""
    row_values: ClassVar[dict[str, Any]]
    """The values of columns with which rows are inserted. The other columns of the order have their defaults. Not to be
    changed."""

    @abstractmethod
    async def set_up_session(self, driver: Any) -> None:
        """Prepare a new session of PostgreSQL, on a connection of asyncpg."""

    @abstractmethod
    async def number_rows(self, execute: Execute, tenant_id: UUID) -> None:
        """Number the rows that the transaction has written to the tenant's logs. To be called last before the commit,
        with row-level security permitting the tenant."""


class TransactionOrder(LogOrder):
    """The order of transaction ids. SQLite, where transactions do not overlap, has the order of positions."""

    has_horizon = True
    epoch = None
    row_values: ClassVar[dict[str, Any]] = {}

    async def set_up_session(self, driver: Any) -> None:
        await driver.execute(IDENTIFY_CLUSTER)

    async def number_rows(self, execute: Execute, tenant_id: UUID) -> None:
        """Do nothing: the defaults of the columns have numbered the rows."""


TRANSACTION_ORDER = TransactionOrder()
