"""Protocols of read and write transactions, for both databases."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Executable, Table

ParameterSets = Sequence[Mapping[str, Any]]
SET_SAVEPOINT = "SAVEPOINT part"
RELEASE_SAVEPOINT = "RELEASE SAVEPOINT part"
ROLL_BACK_TO_SAVEPOINT = "ROLLBACK TO SAVEPOINT part"


class OptimisticWriteFailed(Exception):
    """A message of an optimistic transaction was refused: its principal has changed, or a write violates a constraint.
    The transaction is to be repeated statement by statement, which tells what it was."""


class Transaction(Protocol):
    """A transaction that executes statements until it is closed."""

    dialect: str

    def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Awaitable[Sequence[Any]]:
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

    @property
    def is_optimistic(self) -> bool:
        """Whether the principal and the writes may be confirmed later than they are used."""

    @property
    def is_unconfirmed(self) -> bool:
        """Whether PostgreSQL has not confirmed the principal or a write of an optimistic transaction, or has refused
        it. Then a failure may be due to that."""

    def insert_later(self, table: Table, rows: ParameterSets) -> bool:
        """Insert rows before the next statement, in the message of the commit if there is none. Return False if that is
        not possible."""

    def update_later(self, table: Table, columns: tuple[str, ...], rows: ParameterSets) -> bool:
        """Update these columns of rows before the next statement, as `insert_later`. Each row has the new values, and
        as `old_<column>` those that the stored row must have; otherwise the transaction fails."""

    def delete_later(self, table: Table, rows: ParameterSets) -> bool:
        """Delete rows before the next statement, as `insert_later`. Each has as `old_<column>` the values that the
        stored row must have; otherwise the transaction fails."""

    def claim_later(self, table: Table, row: Mapping[str, Any], lifetime: timedelta) -> bool:
        """Insert a row before the next statement, as `insert_later`. It replaces one with the same id that is older
        than a lifetime; if there is a younger one, the transaction fails."""

    async def commit(self) -> None:
        """Commit. Raise CommitResultUnknown if the connection is lost before the answer."""
