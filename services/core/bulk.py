"""Create, update and delete many rows of any model. The number of statements does not depend on the number of rows.

Each row is accepted or rejected on its own. What can be checked beforehand is: values in Python, references and unique
values with one statement for all rows. What a constraint rejects nevertheless, because of a concurrent write, is found
with savepoints.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from services.core.bulk_checks import find_missing_references, find_missing_values, find_taken_values
from services.core.bulk_result import MAX_ROWS, BulkResult, ErrorPolicy, RowResult
from services.core.errors import Code, Problem, Rejected
from services.core.identity_map import build_new_entity
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values

Values = Mapping[str, Any]
Path = tuple[str, ...]
Check = Callable[[Values], Iterable[Problem]]
"""A rule of a noun: the problems of the values of one row, with the paths of fields in the row."""


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
        located = [Problem(problem.code, (*path, *problem.field), problem.message) for problem in problems]
        result.problems = (*result.problems, *located)
        result.row = current

    def reject_many(self, problems: Mapping[int, Iterable[Problem]]) -> None:
        """Reject several rows."""
        for position, row_problems in problems.items():
            self.reject(position, row_problems)

    def apply_policy(self) -> None:
        """Raise Rejected with the problems of all rows if the other rows must not be written either."""
        problems = [problem for row in self.result.rows for problem in row.problems]
        if problems and self._policy is ErrorPolicy.REJECT_ALL:
            results = [RowResult(row.row if row.problems else None, None, row.problems) for row in self.result.rows]
            raise Rejected(*problems, current=BulkResult(results, is_written=False))

    async def write(self, work: UnitOfWork, write: Callable[[Sequence[int]], Awaitable[None]]) -> None:
        """Write the accepted rows. Those that violate a constraint are rejected."""
        self.apply_policy()
        await self._write_part(work, write, self.accepted)
        self.apply_policy()

    async def _write_part(
        self, work: UnitOfWork, write: Callable[[Sequence[int]], Awaitable[None]], positions: Sequence[int]
    ) -> None:
        """Write rows in a savepoint; if they are rejected, write each half of them by itself."""
        if not positions:
            return
        try:
            async with work.savepoint():
                await write(positions)
        except Rejected as rejected:
            if len(positions) == 1:
                self.reject(positions[0], [_without_prefix(problem) for problem in rejected.problems])
                return
            middle = len(positions) // 2
            for part in (positions[:middle], positions[middle:]):
                await self._write_part(work, write, part)


def _without_prefix(problem: Problem) -> Problem:
    """Return a problem of an input of one row with the path of its field in the row."""
    return Problem(problem.code, problem.field[1:], problem.message)


def check_count(rows: Sequence[Any], *path: str) -> None:
    """Reject an empty list, and one that is too long."""
    if not rows:
        raise Rejected(Problem(Code.TOO_SHORT, path, "Provide at least one row."))
    if len(rows) > MAX_ROWS:
        raise Rejected(Problem(Code.TOO_LONG, path, f"Provide at most {MAX_ROWS:,} rows at once."))


async def create_many(  # noqa: PLR0913 -- keywords
    work: UnitOfWork,
    model: Any,
    rows: Sequence[Values],
    policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
    *,
    path: Path = ("inputs",),
    check: Check | None = None,
) -> BulkResult:
    """Insert rows. A row is rejected if values are missing, invalid or taken, if a reference does not exist, or if
    `check` finds problems. `path` is that of the rows in the mutation's arguments."""
    check_count(rows, *path)
    batch, values = Batch(len(rows), policy, *path), dict[int, dict[str, Any]]()
    for position, row in enumerate(rows):
        clean, problems = check_values(model, row)
        problems += [*find_missing_values(model, row), *(check(clean) if check else ())]
        if problems:
            batch.reject(position, problems)
        else:
            values[position] = clean
    batch.reject_many(await find_missing_references(work, model, values))
    entities = {position: build_new_entity(model, values[position]) for position in batch.accepted}
    batch.reject_many(await find_taken_values(work, model, {at: vars(entity) for at, entity in entities.items()}))
    await batch.write(work, lambda positions: work.add(*(entities[position] for position in positions)))
    for position in batch.accepted:
        batch.result.rows[position].row = entities[position]
    return batch.result
