"""The database transaction of a unit of work."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.exc import PendingRollbackError

from database.authentication import Credentials, Principal
from database.engine import Database
from database.transaction import WriteTransaction


class LazyTransaction:
    """A write transaction that its first statement begins, and that cannot commit after a failed statement."""

    def __init__(self, database: Database, credentials: Credentials) -> None:
        self.dialect = database.dialect
        self._database = database
        self._credentials = credentials
        self._transaction: WriteTransaction | None = None
        self._has_failed = False

    async def begin(self) -> Principal:
        """Begin, and return the principal that the credentials were authenticated as."""
        self._transaction, principal = await self._database.begin_write(self._credentials)
        return principal

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

    def can_insert_at_commit(self, table: Table) -> bool:
        """Return whether `commit` can insert rows into the table, in the same round trip."""
        return self._transaction is not None and self._transaction.can_insert_at_commit(table)

    async def commit(self, table: Table | None = None, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        """Insert these rows and commit; PendingRollbackError if a statement has failed, since then nothing may be
        committed."""
        self.check()
        if self._transaction is not None:
            await self._transaction.commit(table, rows)

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
