"""Checks of many rows at once: missing values, references and unique values. Rows are known by their positions."""

from collections.abc import Collection, Iterable, Mapping
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
Columns = tuple[str, ...]
Key = tuple[Any, ...]


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
        if not ids:
            continue
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
    return {row.id for row in await work.rows(statement, keys=keys)}


async def find_taken_values(
    work: UnitOfWork, model: Any, rows: RowsByPosition, changed: Collection[str] | None = None
) -> ProblemsByPosition:
    """Return the problems of rows whose unique values another row of the database or an accepted row before them has:
    one statement for each group of unique columns. `rows` have the values of all columns, with their ids; `changed` are
    the columns to be updated."""
    groups = unique_groups(model, changed)
    holders = {columns: await _find_holders(work, model, columns, rows.values()) for columns in groups}
    seen: set[tuple[Columns, Key]] = set()
    problems: ProblemsByPosition = {}
    for position, values in rows.items():
        keys = [(columns, key) for columns in groups if None not in (key := _unique_key(values, columns))]
        found = []
        for columns, key in keys:
            if holders[columns].get(key, values["id"]) != values["id"]:
                found.append(taken_problem(model.__tablename__, columns[-1], key[-1]))
            elif (columns, key) in seen:
                found.append(taken_problem("row of this call", columns[-1], key[-1]))
        if found:
            problems[position] = found
        else:
            seen.update(keys)  # a rejected row takes no value from the others
    return problems


def unique_groups(model: Any, changed: Collection[str] | None = None) -> list[Columns]:
    """Return the groups of unique columns, only those of which a column is `changed`."""
    return [columns for columns in model.unique_together if changed is None or not set(columns).isdisjoint(changed)]


async def _find_holders(work: UnitOfWork, model: Any, columns: Columns, rows: Iterable[Values]) -> dict[Key, UUID]:
    """Return the ids of the stored rows that have the unique values of these rows."""
    keys = dict.fromkeys(key for values in rows if None not in (key := _unique_key(values, columns)))
    if not keys:
        return {}
    listed = [dict(zip(columns, key, strict=True)) for key in keys]
    statement = select_with_values(model, columns, work.dialect)
    found = await work.rows(statement, **row_params(listed, columns, work.dialect))
    return {tuple(getattr(row, name) for name in columns): row.id for row in found}


def _unique_key(values: Values, columns: Columns) -> Key:
    return tuple(values[name] for name in columns)


def taken_problem(holder: str, column: str, value: Any) -> Problem:
    message = f"Another {holder.replace('_', ' ')} already has this {column.replace('_', ' ')}."
    return Problem(Code.TAKEN, (column,), message, ProblemParams(value=str(value)))
