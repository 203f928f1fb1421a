"""Update the row with a unique value, or create it."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any
from uuid import UUID

from queries.row_list import row_params
from queries.unique_values import select_with_values
from services.core.errors import Code, Problem, Rejected, RetryableConflict, not_found
from services.core.unit_of_work import UnitOfWork
from services.core.validation import validate


async def upsert(  # noqa: PLR0913 -- keywords
    work: UnitOfWork,
    model: Any,
    key: tuple[str, Any],
    values: dict[str, Any],
    expected_version: int | None = None,
    *,
    create: Callable[[UnitOfWork, dict[str, Any]], Awaitable[Any]],
    update: Callable[[UnitOfWork, UUID, dict[str, Any], int | None], Awaitable[Any]],
    writable: Collection[str],
) -> Any:
    """Update the row that has this value in this unique column, or create one. Values that are not writable are only
    for a new row. If a concurrent transaction creates the row, the use case is run again, and updates it."""
    column, _ = key
    by = validate(model, dict([key]), "by")
    values = by | values
    if validate(model, {column: values[column]}, "input") != by:
        raise Rejected(Problem(Code.INVALID, ("input", column), "It differs from the value in `by`. Omit it."))
    statement = select_with_values(model, (column,), work.dialect)
    existing = await work.rows(statement, **row_params([by], (column,), work.dialect))
    if existing:
        changes = {name: value for name, value in values.items() if name in writable}
        return await update(work, existing[0].id, changes, expected_version)
    if expected_version is not None:
        raise not_found("by")
    try:
        return await create(work, values)
    except Rejected as rejected:
        if any(problem.code is Code.TAKEN and problem.field == ("input", column) for problem in rejected.problems):
            raise RetryableConflict from rejected
        raise
