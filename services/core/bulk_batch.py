"""The rows of a bulk write: which of them are rejected, and why; and writing the others in savepoints."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from services.core.bulk_result import MAX_ROWS, BulkResult, ErrorPolicy, RowResult
from services.core.errors import Problem, Rejected, check_list_size
from services.core.unit_of_work import UnitOfWork

Write = Callable[[Sequence[int]], Awaitable[None]]
"""Writes the rows at these positions."""
Check = Callable[[], Awaitable[None]]
"""Rejects the accepted rows whose values are taken."""


class Batch:
    """The rows of one call: those that are not rejected yet, and the results of all."""

    def __init__(self, size: int, policy: ErrorPolicy, *path: str) -> None:
        self.result = BulkResult([RowResult() for _ in range(size)])
        self._policy = policy
        self._path = path

    @property
    def accepted(self) -> list[int]:
        """The positions of the rows that are not rejected."""
        return [position for position, row in enumerate(self.result.rows) if not row.problems]

    def reject(self, position: int, problems: Iterable[Problem], current: Any = None) -> None:
        """Reject a row because of problems whose paths begin in the row. `current` is the object as it is."""
        result, path = self.result.rows[position], (*self._path, str(position))
        located = [problem.at(*path, *problem.field) for problem in problems]
        result.problems = (*result.problems, *located)
        result.row = current or result.row

    def reject_many(
        self, problems: Mapping[int, Iterable[Problem]], *prefix: str, current: Mapping[int, Any] | None = None
    ) -> None:
        """Reject several rows because of problems with columns, which are below this path in the row."""
        for position, found in problems.items():
            located = [each.at(*prefix, *each.field) for each in found]
            self.reject(position, located, (current or {}).get(position))

    def apply_policy(self) -> None:
        """Raise Rejected with the problems of all rows if the other rows must not be written either."""
        problems = [problem for row in self.result.rows for problem in row.problems]
        if problems and self._policy is ErrorPolicy.REJECT_ALL:
            results = [RowResult(row.row if row.problems else None, None, row.problems) for row in self.result.rows]
            raise Rejected(*problems, current=BulkResult(results, is_written=False))

    async def write(self, work: UnitOfWork, write: Write, *prefix: str, check: Check | None = None) -> None:
        """Write the accepted rows. Those that violate a constraint are rejected: if a concurrent transaction wrote
        since the first check, `check` rejects at once what it finds. `prefix` is the path of the columns in a row."""
        self.apply_policy()
        if not await self._try(work, write, self.accepted):
            if check is not None:
                await check()
                self.apply_policy()
            await self._write_part(work, write, self.accepted, prefix)
        self.apply_policy()

    @staticmethod
    async def _try(work: UnitOfWork, write: Write, positions: Sequence[int]) -> bool:
        """Write rows in a savepoint; return False if they are rejected."""
        try:
            async with work.savepoint():
                await write(positions)
        except Rejected:
            return False
        return True

    async def _write_part(
        self, work: UnitOfWork, write: Write, positions: Sequence[int], prefix: tuple[str, ...]
    ) -> None:
        """Write rows in a savepoint; if they are rejected, write each half of them by itself."""
        if not positions:
            return
        try:
            async with work.savepoint():
                await write(positions)
        except Rejected as rejected:
            if len(positions) == 1:
                problems = [each.at(*each.field[1:]) for each in rejected.problems]
                self.reject_many({positions[0]: problems}, *prefix)  # the paths began with that of a single input
                return
            middle = len(positions) // 2
            for part in (positions[:middle], positions[middle:]):
                await self._write_part(work, write, part, prefix)


def check_count(rows: Sequence[Any], *path: str) -> None:
    """Reject an empty list, and one that is too long."""
    check_list_size(rows, MAX_ROWS, "row", *path)
