"""Past states of objects, rebuilt from the audit."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from models.audit_entry import AuditAction
from models.money import Money
from models.relations import table_of
from queries.history import ENTRIES_PER_PAGE, select_audit_start, select_entries_until
from services.core.audit_values import audited_columns, serialize_time
from services.core.errors import BadInput
from services.core.events import RowSource

_WITH_FIELDS = (AuditAction.CREATED, AuditAction.UPDATED, AuditAction.BASELINE)


class PastRow(SimpleNamespace):
    """A row as it was at `as_of`, with its columns as attributes."""

    as_of: datetime.datetime


async def check_audit_start(source: RowSource, as_of: datetime.datetime) -> None:
    """Raise BadInput if nothing is known of this time, because the audit of the tenant begins later."""
    rows = await source.rows(select_audit_start())
    start = rows[0].start if rows else None
    if start is not None and as_of < start:
        raise BadInput(f"The audit begins at {serialize_time(start)}; earlier states are not known.")


async def load_past_rows(
    source: RowSource, model: Any, ids: Sequence[UUID], as_of: datetime.datetime
) -> dict[UUID, PastRow]:
    """Load the rows of a model as they were at this time, by id; without those that did not exist or are purged."""
    states = {
        id: _rebuild(model, history)
        for id, history in (await load_histories(source, model.__name__, ids, as_of)).items()
    }
    return {id: PastRow(**state, as_of=as_of) for id, state in states.items() if state is not None}


class ObjectHistory:
    """The entries of an object, which are added in the order of their versions, and its fields after the last one."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._is_emptied = False
        self.last: Any = None
        """The last entry."""

    def add(self, entry: Any) -> None:
        """Apply an entry."""
        if entry.action in _WITH_FIELDS and not entry.after and entry.changed_fields.strip():
            self._is_emptied = True
        self._fields |= {"updatedAt": serialize_time(entry.created_at)} | entry.after
        self.last = entry

    @property
    def fields(self) -> dict[str, Any] | None:
        """The fields and `updatedAt`; None if the object is purged or deleted for good."""
        is_gone = self.last.action in (AuditAction.DELETED, AuditAction.PURGED) and not self.last.after
        return None if self._is_emptied or is_gone else self._fields


async def load_histories(
    source: RowSource, noun: str, ids: Sequence[UUID], as_of: datetime.datetime
) -> dict[UUID, ObjectHistory]:
    """Load the histories of objects up to a time, by id. The entries are read page by page, however many there are."""
    histories: defaultdict[UUID, ObjectHistory] = defaultdict(ObjectHistory)
    parameters: dict[str, Any] = {"keys": ids, "as_of": as_of}
    entries = await source.rows(select_entries_until(noun, False), **parameters)
    while entries:
        for entry in entries:
            histories[entry.object_id].add(entry)
        if len(entries) < ENTRIES_PER_PAGE:
            break
        after = {f"after_{name}": getattr(entries[-1], name) for name in ("object_id", "version", "id")}
        entries = await source.rows(select_entries_until(noun, True), **parameters, **after)
    return histories


def _rebuild(model: Any, history: ObjectHistory) -> dict[str, Any] | None:
    fields = history.fields
    if fields is None or fields.get("deletedAt") is not None:
        return None
    known = {
        "id": history.last.object_id,
        "version": history.last.version,
        "updated_at": _parse_time(fields["updatedAt"]),
    }
    return dict(_parse_fields(model, fields)) | known


def _parse_fields(model: Any, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the values of all columns; of those that the entries do not contain, the default."""
    columns = audited_columns(model)
    for column in table_of(model).c:
        audited = columns.get(column.name)
        if audited is None or audited.name not in fields:
            info = model.model_fields[column.name]
            yield column.name, None if info.is_required() or info.default_factory else info.default
        else:
            value = fields[audited.name]
            yield column.name, None if value is None else _parser(column)(value)


@cache
def _parser(column: Any) -> Callable[[Any], Any]:
    """Return the inverse of the column's serializer in services/core/audit_values.py."""
    if isinstance(column.type, Money):
        return Decimal
    enum = getattr(column.type, "enum_class", None)
    if enum is not None:
        return partial(_parse_enum, enum)
    python_type = column.type.python_type  # `object` for a type decorator that does not define it
    return _PARSERS.get(column.type.impl.python_type if python_type is object else python_type, _identity)


def _parse_enum(enum: type[Enum], value: str) -> Enum:
    return enum(value)


def _parse_time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _parse_id(text: str) -> UUID:
    return UUID(hex=text.rpartition("_")[2])


def _identity(value: Any) -> Any:
    return value


_PARSERS: dict[type, Callable[[Any], Any]] = {
    uuid.UUID: _parse_id,
    datetime.datetime: _parse_time,
    datetime.date: datetime.date.fromisoformat,
}
