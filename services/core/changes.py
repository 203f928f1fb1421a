"""Changes of entities: how they are written to the database, and recorded for the hooks of a use case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Executable, Table
from sqlalchemy.orm.exc import StaleDataError

from models.base import utc_now
from models.relations import table_of
from queries.writes import (
    build_delete,
    build_insert,
    build_update,
    insertable_columns,
    new_params,
    old_params,
    version_column,
)
from services.core.identity_map import IdentityMap, Tracked, key_of, values_of
from services.core.transaction import LazyTransaction


class ChangeKind(StrEnum):
    """What a statement did to a row."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(frozen=True)
class Change:
    """A changed row: its table and key, and the old and new values of the columns that differ. `row` has its current
    values, or its last ones if it was deleted: at least the key, tenant, version and time of a change in bulk."""

    kind: ChangeKind
    table: str
    key: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    row: Mapping[str, Any] = field(repr=False, compare=False)


async def write_changes(transaction: LazyTransaction, identity_map: IdentityMap, changes: list[Change]) -> None:
    """Insert, update and delete what is pending in the identity map, and append each change to the list."""
    for model, entities in identity_map.take_new():
        rows = _values_to_insert(model, entities)
        table = table_of(model).name
        changes += [Change(ChangeKind.CREATED, table, key_of(model, row), {}, row, row) for row in rows]
        await insert_rows(transaction, model, rows)
        for entity, row in zip(entities, rows, strict=True):
            identity_map.track(entity, row)
    for tracked in identity_map.changed():
        await _update(transaction, tracked, changes)
    for tracked in identity_map.take_deleted():
        model, stored = tracked.model, tracked.stored
        changes.append(Change(ChangeKind.DELETED, table_of(model).name, key_of(model, stored), stored, {}, stored))
        await _write_row(transaction, build_delete(model), old_params(stored))


async def insert_rows(transaction: LazyTransaction, model: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    names = tuple(name for name in insertable_columns(model) if name in rows[0])
    parameter_sets = [new_params({name: row[name] for name in names}) for row in rows]
    await transaction.execute(build_insert(model, names), parameter_sets)


def bulk_change_columns(model: Any) -> list[Column[Any]]:
    """Return the columns that a change in bulk must know of each row: key, tenant, version, and who may see it."""
    table, plain = table_of(model), _plain_columns(table_of(model))
    names = ("tenant_id", "version", *getattr(model, "reader_columns", ()))
    return [*table.primary_key, *(table.c[name] for name in names if name in plain)]


def _plain_columns(table: Table) -> set[str]:
    return {column.name for column in table.c if not column.primary_key}


def _values_to_insert(model: Any, entities: Sequence[Any]) -> list[dict[str, Any]]:
    if "updated_at" in table_of(model).c:
        for entity in entities:
            entity.__dict__["updated_at"] = entity.created_at
    return [values_of(entity) for entity in entities]


async def _update(transaction: LazyTransaction, tracked: Tracked, changes: list[Change]) -> None:
    model, stored = tracked.model, tracked.stored
    if "updated_at" in stored:
        tracked.entity.updated_at = utc_now()
    before, after = tracked.differences()
    version = version_column(model)
    written = after if version is None else after | {version.name: stored[version.name] + 1}
    await _write_row(transaction, build_update(model, tuple(written)), new_params(written) | old_params(stored))
    tracked.stored = row = stored | written
    tracked.entity.__dict__.update(written)
    changes.append(Change(ChangeKind.UPDATED, table_of(model).name, key_of(model, row), before, after, row))


async def _write_row(transaction: LazyTransaction, statement: Executable, parameters: dict[str, Any]) -> None:
    """Run a statement that writes one row; StaleDataError if the row has another version than the tracked one."""
    if not await transaction.rows(statement, parameters):
        raise StaleDataError("The row was changed or deleted concurrently.")
