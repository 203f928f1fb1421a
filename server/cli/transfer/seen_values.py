"""The unique values of rows that a dry run has accepted, so that rows of later chunks cannot have them too."""

import hashlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from services.core.bulk_checks import taken_problem
from services.core.bulk_result import BulkResult
from services.core.errors import Problem


class SeenValues:
    """Hashes of unique values. They are in a temporary file, so the memory does not depend on the number of rows."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._connection = sqlite3.connect("", isolation_level=None)  # a temporary file that no other process sees
        self._connection.execute("CREATE TABLE seen (hash BLOB PRIMARY KEY) WITHOUT ROWID")

    def reject_repeated(self, result: BulkResult) -> None:
        """Reject the accepted rows of a chunk that repeat a value of an earlier one. Call `complete_chunk` afterwards:
        otherwise the chunk is forgotten, because it is tried again after a conflict."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._connection.execute("BEGIN")
        for row in result.rows:
            if row.row is None:
                continue
            if problems := tuple(self._find_problems(row.row)):
                row.row, row.problems = None, problems
            else:
                hashes = [(_hash(*group),) for group in self._unique_values(row.row)]
                self._connection.executemany("INSERT INTO seen VALUES (?)", hashes)

    def complete_chunk(self) -> None:
        """Remember the values of this chunk."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Remove the temporary file."""
        self._connection.close()

    def _find_problems(self, row: Any) -> Iterator[Problem]:
        for columns, values in self._unique_values(row):
            found = self._connection.execute("SELECT 1 FROM seen WHERE hash = ?", (_hash(columns, values),))
            if found.fetchone():
                yield taken_problem("row of this file", columns[-1], values[-1])

    def _unique_values(self, row: Any) -> Iterator[tuple[tuple[str, ...], tuple[Any, ...]]]:
        """Yield the groups of unique columns, each with its values, unless one of them is null."""
        for columns in self._model.unique_together:
            values = tuple(getattr(row, name) for name in columns)
            if None not in values:
                yield columns, values


def _hash(columns: tuple[str, ...], values: tuple[Any, ...]) -> bytes:
    return hashlib.sha256(repr((columns, values)).encode(errors="surrogatepass")).digest()[:16]
