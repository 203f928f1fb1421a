"""Create, update and delete many rows of any model. The number of statements does not depend on the number of rows.

Each row is accepted or rejected on its own. What can be checked beforehand is: values in Python, references and unique
values with one statement for all rows. What a constraint rejects nevertheless, because of a concurrent write, is found
with savepoints.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from models.base import SoftDeletable, utc_now
from models.ids import new_ids
from services.core import records
from services.core.bulk_batch import Batch, Write, check_count
from services.core.bulk_checks import (
    find_missing_references,
    find_missing_values,
    find_taken_values,
    unique_groups,
)
from services.core.bulk_result import BulkResult, ErrorPolicy
from services.core.bulk_rows import RowDeletion, RowUpdate, Selection, SelectionUpdate, lock_rows, lock_selection
from services.core.errors import Problem
from services.core.identity_map import build_new_entity
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values, validate

Values = Mapping[str, Any]
Path = tuple[str, ...]
Check = Callable[[Values], Iterable[Problem]]
"""A rule of a noun: the problems of the values of one row, with the paths of fields in the row."""


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
        values[position], problems = check_values(model, row)
        problems += [*find_missing_values(model, row), *(check(values[position]) if check else ())]
        if problems:
            batch.reject(position, problems)
    batch.reject_many(await find_missing_references(work, model, values))
    entities = dict(zip(batch.accepted, _build(model, [values[position] for position in batch.accepted]), strict=True))
    new_rows = {position: vars(entity) for position, entity in entities.items()}
    reject_taken = partial(_reject_taken, work, model, batch, new_rows)
    await reject_taken(rejected={position: values[position] for position in values.keys() - new_rows.keys()})
    write: Write = lambda positions: work.add(*(entities[position] for position in positions))  # noqa: E731
    await batch.write(work, write, check=reject_taken)
    for position in batch.accepted:
        batch.result.rows[position].row = entities[position]
    return batch.result


def _build(model: Any, rows: Sequence[Values]) -> list[Any]:
    """Build new entities, all with the same times."""
    times = dict.fromkeys(("created_at", "updated_at"), utc_now())
    return [
        build_new_entity(model, {"id": id, **times, **row}) for id, row in zip(new_ids(len(rows)), rows, strict=True)
    ]


async def update_many(
    work: UnitOfWork,
    model: Any,
    updates: Sequence[RowUpdate] | SelectionUpdate,
    policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
) -> BulkResult:
    """Update rows: each to values of its own, or selected ones to the same values. Rejected as in `create_many`, and if
    a row does not have the expected version. References are locked first, then the rows in the order of their ids."""
    if isinstance(updates, SelectionUpdate):
        clean = validate(model, updates.values, "input")
        await records.lock_references(work, model, clean)
        batch, rows = await lock_selection(work, model, updates.selection, policy)
        return await _update(work, model, batch, rows, dict.fromkeys(rows, clean))
    check_count(updates, "updates")
    batch, values = Batch(len(updates), policy, "updates"), dict[int, Values]()
    for position, update in enumerate(updates):
        values[position], problems = check_values(model, update.values, "input")
        if problems:
            batch.reject(position, problems)
    batch.reject_many(await find_missing_references(work, model, values), "input")
    return await _update(work, model, batch, await lock_rows(work, model, batch, updates), values, "input")


async def _update(
    work: UnitOfWork, model: Any, batch: Batch, rows: Mapping[int, Any], values: Mapping[int, Values], *prefix: str
) -> BulkResult:
    """Write new values to locked rows. `prefix` is the path of the values in a row."""
    positions = batch.accepted
    changed = {name for position in positions for name in values[position]}
    new_rows: dict[int, Values] = {}
    if unique_groups(model, changed):
        new_rows = {position: vars(rows[position]) | values[position] for position in positions}
    reject_taken = partial(_reject_taken, work, model, batch, new_rows, changed, prefix, rows)
    await reject_taken()

    async def write(positions: Sequence[int]) -> None:
        for position in positions:
            vars(rows[position]).update(values[position])

    await batch.write(work, write, *prefix, check=reject_taken)
    for position in batch.accepted:
        batch.result.rows[position].row = rows[position]
    return batch.result


async def _reject_taken(  # noqa: PLR0913, PLR0917 -- private
    work: UnitOfWork,
    model: Any,
    batch: Batch,
    rows: Mapping[int, Values],
    changed: Collection[str] | None = None,
    prefix: tuple[str, ...] = (),
    current: Mapping[int, Any] | None = None,
    rejected: Mapping[int, Values] | None = None,
) -> None:
    """Reject the accepted rows whose unique values other rows have. The same problems are added to those of `rejected`
    rows, whose values need not be complete."""
    if not unique_groups(model, changed):
        return
    incomplete = {
        position: {**dict.fromkeys(model.model_fields), **values} for position, values in (rejected or {}).items()
    }
    accepted = {position: rows[position] for position in batch.accepted} | incomplete
    batch.reject_many(await find_taken_values(work, model, accepted, changed), *prefix, current=current)


async def delete_many(
    work: UnitOfWork,
    model: Any,
    deletions: Sequence[RowDeletion] | Selection,
    policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
) -> BulkResult:
    """Delete rows. Those of a soft-deletable model are only marked as deleted. A row is rejected if it does not exist,
    or does not have the expected version. The rows are locked in the order of their ids."""
    if isinstance(deletions, Selection):
        batch, rows = await lock_selection(work, model, deletions, policy, for_deletion=True)
    else:
        check_count(deletions, "deletions")
        batch = Batch(len(deletions), policy, "deletions")
        rows = await lock_rows(work, model, batch, deletions, for_deletion=True)
    await batch.write(work, lambda positions: _delete(work, model, [rows[position] for position in positions]))
    for position in batch.accepted:
        batch.result.rows[position].deleted_id = rows[position].id
    return batch.result


async def _delete(work: UnitOfWork, model: Any, rows: Sequence[Any]) -> None:
    if not issubclass(model, SoftDeletable):
        await records.delete_for_good(work, model, rows)
        return
    now, user_id = utc_now(), work.principal.user_id
    for row in rows:
        row.deleted_at, row.deleted_by_id = now, user_id
    await work.flush()
