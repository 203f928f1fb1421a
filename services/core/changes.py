"""Changes of entities: how they are written to the database, and recorded for the hooks of a use case."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Executable, Table
from sqlalchemy.orm.exc import StaleDataError

from models.base import utc_now
from models.relations import table_of
from queries.writes import (
    build_delete,
    build_delete_many,
    build_insert,
    build_insert_many,
    build_update,
    build_update_many,
    delete_many_params,
    find_same,
    insert_many_params,
    insertable_columns,
    new_params,
    old_params,
    update_many_params,
    version_column,
)
from services.core.identity_map import IdentityMap, Tracked, key_of, values_of
from services.core.transaction import LazyTransaction

MIN_CHANGES_TO_OVERLAP = 50
"""For fewer changes, starting another task costs more than it saves."""


class ChangeKind(StrEnum):
    """What a statement did to a row."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(slots=True)
class Change:
    """A changed row: its table and key, and the old and new values of the columns that differ. `row` has its current
    values, or its last ones if it was deleted: at least the key, tenant, version and time of a change in bulk."""

    kind: ChangeKind
    table: str
    key: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    row: Mapping[str, Any] = field(repr=False, compare=False)
    entries: Sequence[dict[str, Any]] = field(default=(), repr=False, compare=False)
    """What the audit has prepared to write about it, while the statement that makes many changes was running."""


Describe = Callable[[Sequence[Change]], Coroutine[Any, Any, None]]
"""Prepares what the audit writes about changes."""


async def write_changes(
    transaction: LazyTransaction, identity_map: IdentityMap, changes: list[Change], describe: Describe
) -> None:
    """Insert, update and delete what is pending in the identity map, and append each change to the list. Many changes
    are described while the database makes them."""
    changed: dict[Any, list[Tracked]] = {}
    for tracked in identity_map.changed():
        changed.setdefault(tracked.model, []).append(tracked)
    for model, entities in identity_map.take_new():
        rows = _values_to_insert(model, entities)
        table = table_of(model).name
        inserted = [Change(ChangeKind.CREATED, table, key_of(model, row), {}, row, row) for row in rows]
        changes += inserted
        async with _describing(inserted, describe):
            await insert_rows(transaction, model, rows)
        for entity, row in zip(entities, rows, strict=True):
            identity_map.track(entity, row)
    for model, updated in changed.items():
        await _update(transaction, model, updated, changes, describe)
    for model, deleted in groupby(identity_map.take_deleted(), lambda tracked: tracked.model):
        await _delete(transaction, model, list(deleted), changes, describe)


@asynccontextmanager
async def _describing(changes: Sequence[Change], describe: Describe) -> AsyncIterator[None]:
    """Describe the changes, if they are many, while the block waits for the database."""
    if len(changes) < MIN_CHANGES_TO_OVERLAP:
        yield
        return
    task = asyncio.create_task(describe(changes))
    try:
        yield
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)  # retrieves its exception


async def insert_rows(
    transaction: LazyTransaction, model: Any, rows: Sequence[dict[str, Any]], same: Iterable[str] = ()
) -> None:
    """Insert rows that all have the same columns. Those in `same` also have the same values."""
    names = tuple(name for name in insertable_columns(model) if name in rows[0])
    if len(rows) > 1 and transaction.dialect == "postgresql":
        same = find_same(model, rows, same)
        await transaction.execute(build_insert_many(model, names, same), [insert_many_params(names, same, rows)])
    else:
        await transaction.execute(
            build_insert(model, names), [new_params({name: row[name] for name in names}) for row in rows]
        )


def bulk_change_columns(model: Any) -> list[Column[Any]]:
    """Return the columns that a change in bulk must know of each row: key, tenant, version, and who may see it."""
    table, plain = table_of(model), _plain_columns(table_of(model))
    names = ("tenant_id", "version", *getattr(model, "visibility_columns", ()))
    return [*table.primary_key, *(table.c[name] for name in names if name in plain)]


def _plain_columns(table: Table) -> set[str]:
    return {column.name for column in table.c if not column.primary_key}


def _values_to_insert(model: Any, entities: Sequence[Any]) -> list[dict[str, Any]]:
    if "updated_at" in table_of(model).c:
        for entity in entities:
            entity.__dict__["updated_at"] = entity.created_at
    return [values_of(entity) for entity in entities]


async def _update(
    transaction: LazyTransaction, model: Any, entities: Sequence[Tracked], changes: list[Change], describe: Describe
) -> None:
    """Update entities. Several take one statement, which writes the columns that any of them has changed."""
    now = utc_now()
    updates = [_to_change(model, tracked, now) for tracked in entities]
    async with _describing(updates, describe):
        await _write_updates(transaction, model, entities, updates)
    for tracked, update in zip(entities, updates, strict=True):
        tracked.store(dict(update.row))
    changes += updates


def _to_change(model: Any, tracked: Tracked, now: datetime.datetime) -> Change:
    """Return the change of an entity that has changed, with its time and version."""
    if "updated_at" in tracked.stored:
        tracked.entity.__dict__["updated_at"] = now
    before, after = tracked.differences()
    row = tracked.stored | after
    if (version := version_column(model)) is not None:
        row[version.name] += 1
    return Change(ChangeKind.UPDATED, table_of(model).name, key_of(model, row), before, after, row)


async def _write_updates(
    transaction: LazyTransaction, model: Any, entities: Sequence[Tracked], updates: Sequence[Change]
) -> None:
    if len(updates) == 1:
        version = version_column(model)
        columns = (*updates[0].after, *(() if version is None else (version.name,)))
        values = new_params({name: updates[0].row[name] for name in columns})
        await _write(transaction, build_update(model, columns), values | old_params(entities[0].stored))
    else:
        columns = tuple(sorted({name for update in updates for name in update.after}))
        parameters = update_many_params(model, columns, [update.row for update in updates], transaction.dialect)
        await _write(transaction, build_update_many(model, columns, transaction.dialect), parameters, len(updates))


async def _delete(
    transaction: LazyTransaction, model: Any, entities: Sequence[Tracked], changes: list[Change], describe: Describe
) -> None:
    """Delete entities of the same model."""
    rows, table = [tracked.stored for tracked in entities], table_of(model).name
    deleted = [Change(ChangeKind.DELETED, table, key_of(model, row), row, {}, row) for row in rows]
    changes += deleted
    if len(rows) == 1:
        await _write(transaction, build_delete(model), old_params(rows[0]))
        return
    parameters = delete_many_params(model, rows, transaction.dialect)
    async with _describing(deleted, describe):
        await _write(transaction, build_delete_many(model, transaction.dialect), parameters, len(rows))


async def _write(
    transaction: LazyTransaction, statement: Executable, parameters: dict[str, Any], count: int = 1
) -> None:
    """Run a statement that writes this many rows; StaleDataError if one has another version than the tracked one."""
    if len(await transaction.rows(statement, parameters)) != count:
        raise StaleDataError("The row was changed or deleted concurrently.")
