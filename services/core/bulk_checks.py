"""Checks of many rows at once: missing values, references and unique values. Rows are known by their positions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from models import Membership
from models.base import Record, TenantRow
from models.fields import member_references, tenant_references
from models.relations import get_model
from queries.locks import select_for_key_share, select_members_for_key_share
from queries.row_list import row_params
from queries.unique_values import select_with_values
from services.core.errors import Code, Problem, ProblemParams, not_found
from services.core.unit_of_work import UnitOfWork

Values = Mapping[str, Any]
RowsByPosition = Mapping[int, Values]
ProblemsByPosition = dict[int, list[Problem]]


def find_missing_values(model: Any, values: Values) -> list[Problem]:
    """Return a problem for each required column of a new row that has no value."""
    missing = [name for name in _required_columns(model) if name not in values]
    return [Problem(Code.REQUIRED, (name,), "A value is required.") for name in missing]


@cache
def _required_columns(model: Any) -> tuple[str, ...]:
    generated = Record.model_fields.keys() | TenantRow.model_fields.keys()
    return tuple(name for name, info in model.model_fields.items() if info.is_required() and name not in generated)


async def find_missing_references(work: UnitOfWork, model: Any, rows: RowsByPosition) -> ProblemsByPosition:
    """Return the problems of rows that refer to rows that do not exist, and lock the others so that none can be
    deleted: one statement for each referenced table."""
    columns: dict[str, list[str]] = {}
    for column, table in tenant_references(model).items():
        columns.setdefault(table, []).append(column)
    if members := member_references(model):
        columns[str(Membership.__tablename__)] = [*members]
    problems: ProblemsByPosition = {}
    for table, names in columns.items():
        ids = {id for values in rows.values() for name in names if (id := values.get(name)) is not None}
        existing = await _lock_existing(work, table, ids)
        for position, values in rows.items():
            missing = [name for name in names if values.get(name) is not None and values[name] not in existing]
            if missing:
                problems.setdefault(position, []).extend(
                    found for name in missing for found in not_found(name).problems
                )
    return problems


async def _lock_existing(work: UnitOfWork, table: str, ids: Iterable[UUID]) -> set[UUID]:
    """Lock the rows with these ids, or the memberships of the users with these ids; return the ids of those found."""
    keys, is_of_members = list(ids), table == Membership.__tablename__
    statement = select_members_for_key_share() if is_of_members else select_for_key_share(get_model(table))
    return {row.id for row in await work.rows(statement, keys=keys)} if keys else set()


async def find_taken_values(
    work: UnitOfWork, model: Any, rows: RowsByPosition, changed: Collection[str] | None = None
) -> ProblemsByPosition:
    """Return the problems of rows whose unique values another row of the database or a row before them has: one
    statement for each group of unique columns. `rows` have the values of all columns, with their ids; `changed` are the
    columns to be updated."""
    problems: ProblemsByPosition = {}
    for columns in model.unique_together:
        if changed is not None and not set(columns) & set(changed):
            continue
        unique = {position: tuple(values[name] for name in columns) for position, values in rows.items()}
        complete = {position: key for position, key in unique.items() if None not in key}
        taken = await _find_holders(work, model, columns, list(dict.fromkeys(complete.values())))
        seen: set[tuple[Any, ...]] = set()
        for position, key in complete.items():
            if position in problems:
                continue  # a rejected row takes no value from the others
            if taken.get(key, rows[position]["id"]) != rows[position]["id"]:
                problems[position] = [taken_problem(model.__tablename__, columns[-1], key[-1])]
            elif key in seen:
                problems[position] = [taken_problem("row of this call", columns[-1], key[-1])]
            else:
                seen.add(key)
    return problems


async def _find_holders(
    work: UnitOfWork, model: Any, columns: Sequence[str], keys: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], UUID]:
    """Return the ids of the rows that have these values in these columns."""
    if not keys:
        return {}
    rows = [dict(zip(columns, key, strict=True)) for key in keys]
    statement = select_with_values(model, tuple(columns), work.dialect)
    found = await work.rows(statement, **row_params(rows, columns, work.dialect))
    return {tuple(getattr(row, name) for name in columns): row.id for row in found}


def taken_problem(holder: str, column: str, value: Any) -> Problem:
    message = f"Another {holder.replace('_', ' ')} already has this {column.replace('_', ' ')}."
    return Problem(Code.TAKEN, (column,), message, ProblemParams(value=str(value)))
