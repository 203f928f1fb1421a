"""The database transaction of a unit of work, or of several."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.exc import PendingRollbackError

from database.authentication import ANONYMOUS, Credentials, Principal
from database.engine import Database
from database.reader import ReaderClosed
from database.transaction import WriteTransaction


class LazyTransaction:
    """A write transaction that its first statement begins, and that cannot commit after a failed statement."""

    def __init__(self, database: Database, credentials: Credentials, *, is_optimistic: bool = False) -> None:
        self.dialect = database.dialect
        self._is_optimistic = is_optimistic
        self._database = database
        self._credentials = credentials
        self._transaction: WriteTransaction | None = None
        self._has_failed = False

    @property
    def inserts_lists(self) -> bool:
        """Whether a list of rows is inserted by one statement."""
        return self._database.inserts_lists

    async def begin(self) -> Principal:
        """Begin, and return the principal that the credentials were authenticated as."""
        begin = self._database.begin_write(self._credentials, is_optimistic=self._is_optimistic)
        self._transaction, principal = await begin
        return principal

    @property
    def is_optimistic(self) -> bool:
        """Whether the principal and the writes are confirmed later, possibly not before the commit."""
        return self._transaction is not None and self._transaction.is_optimistic

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a failure may be due to a principal or a write that is not confirmed. Then the use case is to be
        repeated statement by statement."""
        return self._transaction is not None and self._transaction.is_unconfirmed

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Run a statement and return its rows."""
        transaction = await self._ensure_begun()
        try:
            return await transaction.rows(statement, parameters)
        except BaseException:
            self._has_failed = True
            raise

    async def execute(self, statement: Executable, parameter_sets: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each set of parameters."""
        transaction = await self._ensure_begun()
        try:
            await transaction.execute(statement, parameter_sets)
        except BaseException:
            self._has_failed = True
            raise

    async def set_savepoint(self) -> None:
        """Begin what `roll_back_to_savepoint` can undo. Savepoints cannot be nested."""
        self.check()
        await (await self._ensure_begun()).set_savepoint()

    async def release_savepoint(self) -> None:
        """Keep what was written since the savepoint."""
        await (await self._ensure_begun()).release_savepoint()

    async def roll_back_to_savepoint(self) -> None:
        """Undo what was written since the savepoint. After a failed statement, the transaction can commit again."""
        await (await self._ensure_begun()).roll_back_to_savepoint()
        self._has_failed = False

    def insert_later(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Insert rows together with the next statement or the commit. Return False if that is not possible."""
        return self._transaction is not None and self._transaction.insert_later(table, rows)

    def claim_later(self, table: Table, row: Mapping[str, Any], lifetime: datetime.timedelta) -> bool:
        """Insert a row together with the next statement or the commit, unless one with the same id is younger than a
        lifetime. Return False if that is not possible."""
        return self._transaction is not None and self._transaction.claim_later(table, row, lifetime)

    def update_later(self, table: Table, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> bool:
        """Update rows together with the next statement or the commit. Return False if that is not possible."""
        return self._transaction is not None and self._transaction.update_later(table, columns, rows)

    def delete_later(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Delete rows together with the next statement or the commit. Return False if that is not possible."""
        return self._transaction is not None and self._transaction.delete_later(table, rows)

    async def commit(self) -> None:
        """Commit; PendingRollbackError if a statement has failed, since then nothing may be committed."""
        self.check()
        if self._transaction is not None:
            await self._transaction.commit()

    def check(self) -> None:
        """Raise PendingRollbackError if a statement has failed."""
        if self._has_failed:
            raise PendingRollbackError("A statement of this unit of work has failed.")

    def interrupt(self) -> bool:
        """Stop the running statement. Return False if the task that awaits it must be cancelled."""
        return self._transaction is not None and self._transaction.interrupt()

    async def close(self) -> None:
        """Release the connection, and roll back what was not committed."""
        if self._transaction is not None:
            await self._transaction.close()

    async def _ensure_begun(self) -> WriteTransaction:
        if self._transaction is None:
            await self.begin()
        assert self._transaction is not None  # noqa: S101 -- for mypy
        return self._transaction


class SharedTransaction(LazyTransaction):
    """A transaction of several units of work, and of reads between them. Executes one statement at a time. After a
    failed statement, all further ones fail with the same error."""

    def __init__(self, database: Database, credentials: Credentials) -> None:
        super().__init__(database, credentials)
        self._principal = ANONYMOUS
        self._lock = asyncio.Lock()
        self._is_closed = False
        self.error: Exception | None = None
        """The error of the statement that failed."""

    async def begin(self) -> Principal:
        """Begin, unless it has begun, and return the principal."""
        async with self._executing():
            await self._ensure_begun()
        return self._principal

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        async with self._executing():
            return await super().rows(statement, parameters)

    async def execute(self, statement: Executable, parameter_sets: Sequence[Mapping[str, Any]]) -> None:
        async with self._executing():
            await super().execute(statement, parameter_sets)

    async def set_savepoint(self) -> None:
        async with self._executing():
            await super().set_savepoint()

    async def release_savepoint(self) -> None:
        async with self._executing():
            await super().release_savepoint()

    async def roll_back_to_savepoint(self) -> None:
        async with self._lock:
            await super().roll_back_to_savepoint()
            self.error = None

    def insert_later(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> bool:  # noqa: ARG002
        """Return False: payloads are read before the commit, and may contain what would be inserted with it."""
        return False

    async def commit(self) -> None:
        async with self._executing():
            await super().commit()

    async def close(self) -> None:
        """Wait for the running statement, release the connection, and roll back what was not committed."""
        async with self._lock:
            if not self._is_closed:
                self._is_closed = True
                await super().close()

    async def _ensure_begun(self) -> WriteTransaction:
        if self._transaction is None:
            self._principal = await super().begin()
        assert self._transaction is not None  # noqa: S101 -- for mypy
        return self._transaction

    @asynccontextmanager
    async def _executing(self) -> AsyncIterator[None]:
        """Execute a statement in the block; raise the error of an earlier one."""
        async with self._lock:
            if self._is_closed:  # a task of the request still runs: its connection may serve another request by now
                raise ReaderClosed
            if self.error is not None:
                raise self.error
            self.check()
            try:
                yield
            except Exception as error:
                self.error = error
                raise


class SharedRead:
    """The reads of a shared transaction, with the protocol of a read transaction. Closing it has no effect."""

    def __init__(self, transaction: SharedTransaction) -> None:
        self._transaction = transaction
        self.dialect = transaction.dialect

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Run a statement and return its rows."""
        return await self._transaction.rows(statement, parameters)

    def interrupt(self) -> bool:
        """Stop the running statement. Return False if the task that awaits it must be cancelled."""
        return self._transaction.interrupt()

    def park(self) -> bool:
        """Return True: there is no connection to return."""
        return True

    async def close(self) -> None:
        """Do nothing: the shared transaction continues."""
