"""Reading for one request: one connection, one transaction, one statement at a time.

The connection is taken when something is first read and can be given back early; whoever reads next gets a new
transaction, opened with the caller's check. Sibling fields run concurrently, so a lock keeps their statements apart;
it is held for one statement, never while something else is awaited. A statement that has begun is never interrupted,
whoever is cancelled meanwhile: a connection cut off in the middle of one is lost, and sometimes its place in the pool.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncEngine

from queries.caller import NOBODY, Actor, Caller, identify
from queries.driver import driver_opened
from queries.lasting import Lasting
from queries.transaction import CoreTransaction, Transaction


class ReaderClosed(Exception):
    """The request has ended, so nobody is left to read for."""


class Reader:
    """Reads what a caller may see."""

    def __init__(self, engine: AsyncEngine, caller: Caller) -> None:
        self._engine = engine
        self.caller = caller
        self._lock = asyncio.Lock()
        self._transaction: Transaction | None = None
        self._closed = False
        self._actor = NOBODY

    @property
    def dialect(self) -> str:
        """Which engine's SQL is spoken."""
        return self._engine.dialect.name

    async def actor(self) -> Actor:
        """Who the caller turned out to be; nobody, without asking, for a caller who claims nothing."""
        if self._transaction is not None or self.caller.is_anonymous:
            return self._actor
        return await Lasting(self._identified()).result()

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        """The rows of a scoped statement (queries/scope.py)."""
        return await Lasting(self.undisturbed(statement, **parameters)).result()

    async def _identified(self) -> Actor:
        async with self._lock:
            await self._opened()
            return self._actor

    async def undisturbed(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        """The same, for whoever cannot be cancelled meanwhile."""
        async with self._lock:
            transaction = await self._opened()
            try:
                return await transaction.rows(statement, self._actor.parameters | parameters)
            except BaseException:
                await self._give_back()  # after a failed statement PostgreSQL answers no other in that transaction
                raise

    async def row(self, statement: Executable, **parameters: Any) -> Any:
        """The first row, if there is one."""
        found = await self.rows(statement, **parameters)
        return found[0] if found else None

    async def release(self) -> None:
        """Give the connection back, whatever happens; what is read later sees what has been committed until then."""
        if not self._lock.locked() and (self._transaction is None or self._transaction.leave()):
            self._transaction = None
        else:
            await Lasting(self._released()).result()

    async def close(self) -> None:
        """Release for good. The siblings of a field that failed and the loaders of a client who hung up may still be at
        it; a connection that they took now would never be given back."""
        self._closed = True
        await self.release()

    async def _released(self) -> None:
        async with self._lock:
            await self._give_back()

    async def _opened(self) -> Transaction:
        if self._closed:
            raise ReaderClosed
        if self._transaction is None:
            self._transaction, self._actor = await _OPENED[self.dialect](self._engine, self.caller)
        return self._transaction

    async def _give_back(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            await transaction.close()


async def _core_opened(engine: AsyncEngine, caller: Caller) -> tuple[Transaction, Actor]:
    transaction = CoreTransaction(await engine.connect())
    try:
        return transaction, await identify(transaction, caller)
    except BaseException:
        await transaction.close()
        raise


_OPENED: dict[str, Callable[[AsyncEngine, Caller], Awaitable[tuple[Transaction, Actor]]]] = {
    "sqlite": _core_opened,
    "postgresql": driver_opened,
}
