"""Changes of entities: how they are written to the database, and recorded for the hooks of a use case."""

import asyncio
import datetime
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Executable, Table
from sqlalchemy.orm.exc import StaleDataError

from models.base import utc_now
from models.relations import get_model, table_of
from queries.writes import (
    build_delete,
    build_insert,
    build_update,
    columns_with_sql_default,
    delete_many,
    insert_many,
    insertable_columns,
    matched_names,
    new_params,
    old_params,
    update_many,
    version_column,
)
from services.core.identity_map import IdentityMap, Tracked, column_names, key_of, values_of
from services.core.transaction import LazyTransaction

NO_VALUES: Mapping[str, Any] = {}
MIN_CHANGES_TO_OVERLAP = 50
"""For fewer changes, starting another task costs more than it saves."""


class ChangeKind(StrEnum):
    """What a statement did to a row."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(slots=True)
class Change:
    """A changed row: its table, and the old and new values of the columns that differ. `row` has its current values, or
    its last ones if it was deleted: at least the key, tenant, version and time of a change in bulk."""

    kind: ChangeKind
    table: str
    before: dict[str, Any]
    after: dict[str, Any]
    row: dict[str, Any] = field(repr=False, compare=False)
    entries: Sequence[dict[str, Any]] = field(default=(), repr=False, compare=False)
    """What the audit has prepared to write about it, while the statement that makes many changes was running."""

    @property
    def key(self) -> dict[str, Any]:
        """The values of the primary key's columns."""
        return key_of(get_model(self.table), self.row)


Describe = Callable[[Sequence[Change]], Coroutine[Any, Any, None]]
"""Prepares what the audit writes about changes."""


async def write_changes(
    transaction: LazyTransaction, identity_map: IdentityMap, changes: list[Change], describe: Describe
) -> None:
    """Insert, update and delete what is pending in the identity map, and append each change to the list. Many changes
    are described while the database makes them."""
    new, changed, deleted = identity_map.take_pending()
    for model, group in groupby(new, type):
        entities = list(group)
        rows = await _insert(transaction, model, entities, changes, describe)
        for entity, row in zip(entities, rows, strict=True):
            identity_map.track(entity, row)
    by_model: dict[Any, list[Tracked]] = {}
    for tracked in changed:
        by_model.setdefault(tracked.model, []).append(tracked)
    for model, updated in by_model.items():
        await _update(transaction, model, updated, changes, describe)
    for model, rest in groupby(deleted, lambda tracked: tracked.model):
        await _delete(transaction, model, list(rest), changes, describe)


async def _insert(
    transaction: LazyTransaction, model: Any, entities: Sequence[Any], changes: list[Change], describe: Describe
) -> Sequence[dict[str, Any]]:
    """Insert entities, and return their rows."""
    rows, table = _values_to_insert(model, entities), table_of(model).name
    inserted = [Change(ChangeKind.CREATED, table, {}, row, row) for row in rows]
    changes += inserted
    if not _insert_later(transaction, model, rows):
        await _write_and_describe(_insert_now(transaction, model, rows), inserted, describe)
    return rows


async def _write_and_describe(write: Coroutine[Any, Any, None], changes: Sequence[Change], describe: Describe) -> None:
    """Write changes to the database. Describe them meanwhile, if they are many."""
    if len(changes) < MIN_CHANGES_TO_OVERLAP:
        await write
        return
    task = asyncio.create_task(describe(changes))
    try:
        await write
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)  # retrieves its exception


async def insert_rows(
    transaction: LazyTransaction, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any] = NO_VALUES
) -> None:
    """Insert rows that all have the same columns. `same` contains the values that all rows have besides."""
    if not _insert_later(transaction, model, rows, same):
        await _insert_now(transaction, model, rows, same)


def _insert_later(
    transaction: LazyTransaction, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any] = NO_VALUES
) -> bool:
    """Insert rows together with the next statement, if they are few and the transaction is optimistic."""
    if not transaction.is_optimistic or len(rows) >= MIN_CHANGES_TO_OVERLAP:
        return False
    return transaction.insert_later(table_of(model), [{**row, **same} for row in rows] if same else rows)


async def _insert_now(
    transaction: LazyTransaction, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any] = NO_VALUES
) -> None:
    given = (name for name in insertable_columns(model) if name in rows[0] or name in same)
    names = (*given, *(name for name in columns_with_sql_default(model) if name in same))
    if len(rows) > 1 and transaction.inserts_lists:
        statement, parameters = insert_many(model, names, rows, same)
        await transaction.execute(statement, [parameters])
        return
    complete = [{**row, **same} for row in rows] if same else rows
    await transaction.execute(
        build_insert(model, names), [new_params({name: row[name] for name in names}) for row in complete]
    )


def bulk_change_columns(model: Any) -> list[Column[Any]]:
    """Return the columns that a change in bulk must know of each row: key, tenant, version, and who may see it."""
    table, plain = table_of(model), _plain_columns(table_of(model))
    names = ("tenant_id", "version", *getattr(model, "visibility_columns", ()))
    return [*table.primary_key, *(table.c[name] for name in names if name in plain)]


def _plain_columns(table: Table) -> set[str]:
    return {column.name for column in table.c if not column.primary_key}


def _values_to_insert(model: Any, entities: Sequence[Any]) -> list[dict[str, Any]]:
    if "updated_at" in column_names(model):
        for entity in entities:
            entity.__dict__["updated_at"] = entity.__dict__["created_at"]
    return [values_of(entity) for entity in entities]


async def _update(
    transaction: LazyTransaction, model: Any, entities: Sequence[Tracked], changes: list[Change], describe: Describe
) -> None:
    """Update entities. Several take one statement, which writes the columns that any of them has changed."""
    updates = _to_changes(model, entities, utc_now())
    await _write_and_describe(_write_updates(transaction, model, entities, updates), updates, describe)
    for tracked, update in zip(entities, updates, strict=True):
        tracked.store(update.row)
    changes += updates


def _to_changes(model: Any, entities: Sequence[Tracked], now: datetime.datetime) -> list[Change]:
    """Return the changes of entities that have changed, with their time and version."""
    table, version, changes = table_of(model), version_column(model), []
    has_time, name = "updated_at" in table.c, table.name
    for tracked in entities:
        if has_time:
            tracked.entity.__dict__["updated_at"] = now
        before, after = tracked.differences()
        row = tracked.stored | after
        if version is not None:
            row[version.name] += 1
        changes.append(Change(ChangeKind.UPDATED, name, before, after, row))
    return changes


async def _write_updates(
    transaction: LazyTransaction, model: Any, entities: Sequence[Tracked], updates: Sequence[Change]
) -> None:
    if _update_later(transaction, model, entities, updates):
        return
    if len(updates) == 1:
        version = version_column(model)
        columns = (*updates[0].after, *(() if version is None else (version.name,)))
        values = new_params({name: updates[0].row[name] for name in columns})
        await _write(transaction, build_update(model, columns), values | old_params(entities[0].stored))
    else:
        columns = tuple(sorted({name for update in updates for name in update.after}))
        rows = [update.row for update in updates]
        await _write(transaction, *update_many(model, columns, rows, transaction.dialect), len(updates))


def _update_later(
    transaction: LazyTransaction, model: Any, entities: Sequence[Tracked], updates: Sequence[Change]
) -> bool:
    """Update entities together with the next statement, if they are few and the transaction is optimistic."""
    if not transaction.is_optimistic or len(updates) >= MIN_CHANGES_TO_OVERLAP:
        return False
    version, matched = version_column(model), matched_names(model)
    changed = sorted({name for update in updates for name in update.after})
    columns = (*changed, *(() if version is None else (version.name,)))
    rows = [
        {name: update.row[name] for name in columns} | old_params({name: tracked.stored[name] for name in matched})
        for tracked, update in zip(entities, updates, strict=True)
    ]
    return transaction.update_later(table_of(model), columns, rows)


async def _delete(
    transaction: LazyTransaction, model: Any, entities: Sequence[Tracked], changes: list[Change], describe: Describe
) -> None:
    """Delete entities of the same model; a few together with the next statement, if the transaction is optimistic."""
    rows, table = [tracked.stored for tracked in entities], table_of(model).name
    deleted = [Change(ChangeKind.DELETED, table, row, {}, row) for row in rows]
    changes += deleted
    if _delete_later(transaction, model, rows):
        return
    if len(rows) == 1:
        await _write(transaction, build_delete(model), old_params(rows[0]))
        return
    statement, parameters = delete_many(model, rows, transaction.dialect)
    await _write_and_describe(_write(transaction, statement, parameters, len(rows)), deleted, describe)


def _delete_later(transaction: LazyTransaction, model: Any, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Delete rows together with the next statement, as `_update_later`."""
    if not transaction.is_optimistic or len(rows) >= MIN_CHANGES_TO_OVERLAP:
        return False
    matched = matched_names(model)
    old = [old_params({name: row[name] for name in matched}) for row in rows]
    return transaction.delete_later(table_of(model), old)


async def _write(
    transaction: LazyTransaction, statement: Executable, parameters: dict[str, Any], count: int = 1
) -> None:
    """Run a statement that writes this many rows; StaleDataError if one has another version than the tracked one."""
    if len(await transaction.rows(statement, parameters)) != count:
        raise StaleDataError("The row was changed or deleted concurrently.")
