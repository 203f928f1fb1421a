"""What a unit of work changed: every row it created, updated or deleted, with the values before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session


class Kind(StrEnum):
    """What happened to a row."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(frozen=True)
class Change:
    """A row that changed: its table and key, and the columns that differ, before and after."""

    kind: Kind
    table: str
    key: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


def pending(session: Session) -> Iterator[Change]:
    """The changes that the session is about to flush."""
    for entity in session.new:
        yield _change(Kind.CREATED, entity, {}, _values(entity))
    for entity in session.dirty:
        before, after = _differences(entity)
        if after:
            yield _change(Kind.UPDATED, entity, before, after)
    for entity in session.deleted:
        yield _change(Kind.DELETED, entity, _values(entity), {})


def _change(kind: Kind, entity: Any, before: dict[str, Any], after: dict[str, Any]) -> Change:
    table = inspect(entity).mapper.local_table
    key = {column.key: getattr(entity, column.key) for column in table.primary_key}
    return Change(kind, table.name, key, before, after)


def _values(entity: Any) -> dict[str, Any]:
    return {column.key: getattr(entity, column.key) for column in inspect(entity).mapper.column_attrs}


def _differences(entity: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    attributes = inspect(entity).attrs
    histories = {name: attributes[name].history for name in _values(entity)}
    changed = {name: history for name, history in histories.items() if history.has_changes()}
    before = {name: history.deleted[0] if history.deleted else None for name, history in changed.items()}
    return before, {name: history.added[0] if history.added else None for name, history in changed.items()}
