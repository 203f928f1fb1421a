"""Which rows a bulk write updates or deletes, and locking them in the order of their ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from database.authentication import MissingScope
from queries.filters import Condition
from queries.lists import PageQuery, select_count
from queries.locks import select_for_no_key_update, select_many_for_update, select_matching_for_update
from queries.table_domains import find_missing_scope
from services.core.bulk_batch import Batch, check_count
from services.core.bulk_result import ErrorPolicy
from services.core.errors import Code, Problem, ProblemParams, Rejected, not_found
from services.core.records import version_problem
from services.core.unit_of_work import UnitOfWork


@dataclass(slots=True)
class RowDeletion:
    """A row, and the version that it should have."""

    id: UUID
    expected_version: int | None = None


@dataclass(slots=True)
class RowUpdate(RowDeletion):
    """A row with its new values."""

    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows by their ids, or else at most `maximum` rows that match a condition."""

    ids: Sequence[UUID] | None = None
    condition: Condition | None = None
    maximum: int = 0


@dataclass(frozen=True, slots=True)
class SelectionUpdate:
    """Selected rows, and the new values of all of them."""

    selection: Selection
    values: dict[str, Any]


async def lock_rows(
    work: UnitOfWork, model: Any, batch: Batch, targets: Sequence[RowDeletion], *, for_deletion: bool = False
) -> dict[int, Any]:
    """Load and lock rows, by position. Rejected are those that do not exist, have another version than expected, or
    have been named before."""
    accepted, first = set(batch.accepted), dict[UUID, int]()
    for position in sorted(accepted):
        first.setdefault(targets[position].id, position)
    ids = dict.fromkeys(target.id for target in targets)
    rows = await _lock_by_id(work, model, list(ids), for_deletion=for_deletion)
    locked: dict[int, Any] = {}
    for position, target in enumerate(targets):
        locked[position] = row = rows.get(target.id)
        if row is None:
            batch.reject(position, not_found("id").problems)
        elif position in accepted and first[target.id] != position:
            batch.reject(position, [_duplicate_problem(first[target.id], "id")])
        elif problem := version_problem(row, target.expected_version):
            batch.reject(position, [problem], row)
    return {position: locked[position] for position in batch.accepted}


async def lock_selection(
    work: UnitOfWork, model: Any, selection: Selection, policy: ErrorPolicy, *, for_deletion: bool = False
) -> tuple[Batch, dict[int, Any]]:
    """Load and lock the selected rows, by position: in the order of the given ids, or in that of the ids of the rows
    that match. Rejected as a whole if more rows match than the maximum."""
    if selection.ids is None:
        matching = await _lock_matching(work, model, selection, for_deletion=for_deletion)
        return Batch(len(matching), policy, "where"), dict(enumerate(matching))
    check_count(selection.ids, "ids")
    batch, first, positions = Batch(len(selection.ids), policy, "ids"), dict[UUID, int](), dict[int, Any]()
    rows = await _lock_by_id(work, model, list(dict.fromkeys(selection.ids)), for_deletion=for_deletion)
    for position, id in enumerate(selection.ids):
        if id not in rows:
            batch.reject(position, not_found().problems)
        elif first.setdefault(id, position) != position:
            batch.reject(position, [_duplicate_problem(first[id])])
        else:
            positions[position] = rows[id]
    return batch, positions


async def _lock_by_id(work: UnitOfWork, model: Any, ids: list[UUID], *, for_deletion: bool) -> dict[UUID, Any]:
    statement = select_many_for_update(model) if for_deletion else select_for_no_key_update(model)
    return {vars(row)["id"]: row for row in await work.entities(model, statement, keys=ids)} if ids else {}


async def _lock_matching(work: UnitOfWork, model: Any, selection: Selection, *, for_deletion: bool) -> list[Any]:
    assert selection.condition is not None  # noqa: S101 -- for mypy
    missing = find_missing_scope(work.principal.scopes, (model.__tablename__, PageQuery(selection.condition)))
    if missing is not None:
        raise MissingScope(missing)
    maximum, query = selection.maximum, PageQuery(selection.condition, size=selection.maximum + 1)
    rows = await work.entities(model, select_matching_for_update(model, query, for_deletion))
    if len(rows) <= maximum:
        return rows
    ((total,),) = await work.rows(select_count(model, PageQuery(selection.condition)))
    message = f"{total:,} objects match, more than the maximum of {maximum:,}. Nothing was written."
    raise Rejected(Problem(Code.OUT_OF_RANGE, ("maximum",), message, ProblemParams(max=maximum, actual=total)))


def _duplicate_problem(position: int, *field: str) -> Problem:
    return Problem(Code.INVALID, field, f"The row at position {position} has the same id.")
