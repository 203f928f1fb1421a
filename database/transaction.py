"""Protocols of read and write transactions, for both databases."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Executable, Table

ParameterSets = Sequence[Mapping[str, Any]]
SET_SAVEPOINT = "SAVEPOINT part"
RELEASE_SAVEPOINT = "RELEASE SAVEPOINT part"
ROLL_BACK_TO_SAVEPOINT = "ROLLBACK TO SAVEPOINT part"


class Transaction(Protocol):
    """A transaction that executes statements until it is closed."""

    dialect: str

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Execute the statement; return its rows, which have its columns as attributes."""

    def interrupt(self) -> bool:
        """Stop the running statement, which then fails. Return False if the task that awaits it must be cancelled."""

    def park(self) -> bool:
        """Return the connection to its pool if that needs no await; return whether it was returned."""

    async def close(self) -> None:
        """Roll back what is not committed and return the connection, in any state."""


class WriteTransaction(Transaction, Protocol):
    """A transaction that writes."""

    async def execute(self, statement: Executable, parameter_sets: ParameterSets) -> None:
        """Execute the statement once for each set of parameters."""

    async def set_savepoint(self) -> None:
        """Begin what `roll_back_to_savepoint` can undo."""

    async def release_savepoint(self) -> None:
        """Keep what was written since the savepoint."""

    async def roll_back_to_savepoint(self) -> None:
        """Undo what was written since the savepoint, and release it. The transaction is usable again."""

    def can_insert_at_commit(self, table: Table) -> bool:
        """Return whether `commit` can insert rows into the table, in the same round trip."""

    async def commit(self, table: Table | None = None, rows: ParameterSets = ()) -> None:
        """Insert these rows and commit. Raise CommitResultUnknown if the connection is lost before the answer."""
