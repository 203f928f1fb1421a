"""The result of writing many rows at once."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.choices import Choice
from services.core.errors import Problem

MAX_ROWS = 1000
"""How many rows one call may write."""


class ErrorPolicy(Choice):
    """What happens to the other rows if some rows are rejected."""

    REJECT_ALL = "REJECT_ALL", "No row is written."
    SKIP_FAILED = "SKIP_FAILED", "The other rows are written."


@dataclass(slots=True)
class RowResult:
    """What became of one row: the object as it is now, or the id of a deleted one; and why it was rejected."""

    row: Any = None
    deleted_id: UUID | None = None
    problems: tuple[Problem, ...] = ()


@dataclass
class BulkResult:
    """The results of all rows, in the order in which they were given."""

    rows: list[RowResult]
    is_written: bool = True
    """False if no row was written because some were rejected."""

    @property
    def succeeded(self) -> int:
        """The number of rows that were not rejected; 0 if nothing was written."""
        return len(self.rows) - self.failed if self.is_written else 0

    @property
    def failed(self) -> int:
        """The number of rows that were rejected."""
        return sum(1 for row in self.rows if row.problems)
