"""What the audit says about changes: the columns of its entries, without who caused the changes."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from models.audit_entry import AuditAction
from models.base import SoftDeletable, utc_now
from models.relations import get_model
from services.core.audit_values import MAX_COLUMN_SETS, LinkEnd, is_audited, link_ends, serialize_values
from services.core.changes import Change, ChangeKind

Row = dict[str, Any]

CHANGES_PER_SLICE = 50
"""How many changes are described before other tasks may run."""

_ACTIONS = {
    ChangeKind.CREATED: AuditAction.CREATED,
    ChangeKind.UPDATED: AuditAction.UPDATED,
    ChangeKind.DELETED: AuditAction.DELETED,
}
_LINK_ACTIONS = {ChangeKind.CREATED: AuditAction.LINKED, ChangeKind.DELETED: AuditAction.UNLINKED}


async def describe_changes(changes: Sequence[Change]) -> None:
    """Prepare the entries of changes. Other tasks run in between, such as the one that sends the changes."""
    for position, change in enumerate(changes, 1):
        model = get_model(change.table)
        if is_audited(model):
            change.entries = describe(model, change)
        if position % CHANGES_PER_SLICE == 0:
            await asyncio.sleep(0)


def describe(model: Any, change: Change) -> list[Row]:
    """Return the entries of a change, without its cause: one for an object, one for each end of a link."""
    ends = link_ends(model)
    return [_describe_end(end, change) for end in ends] if ends else [_describe_object(model, change)]


def _describe_end(end: LinkEnd, change: Change) -> Row:
    linked = {end.relation: end.other_column.serialize(change.row[end.other_name])}
    before, after = ({}, linked) if change.kind is ChangeKind.CREATED else (linked, {})
    action, object_id = _LINK_ACTIONS[change.kind], change.row[end.own_column]
    return _build_entry(end.model, action, object_id, before, after) | {"created_at": utc_now()}


def _describe_object(model: Any, change: Change) -> Row:
    action, row, is_deleted = _action(model, change), change.row, change.kind is ChangeKind.DELETED
    if action is AuditAction.PURGED:
        entry = _build_entry(model, action, row["id"], {}, {})
    else:
        before, after = serialize_values(model, change.before), serialize_values(model, change.after)
        entry = _build_entry(model, action, row["id"], before, after)
    entry["version"] = row["version"] + is_deleted
    entry["created_at"] = utc_now() if is_deleted else row["updated_at"]
    entry["visible_only_to_id"] = model.visible_only_to(row, change.before)
    return entry


def _action(model: Any, change: Change) -> AuditAction:
    if change.kind is ChangeKind.CREATED or not issubclass(model, SoftDeletable):
        return _ACTIONS[change.kind]
    if change.kind is ChangeKind.DELETED:
        return AuditAction.PURGED
    if "deleted_at" in change.after:
        return AuditAction.RESTORED if change.after["deleted_at"] is None else AuditAction.DELETED
    return _ACTIONS[change.kind]


def _build_entry(model: Any, action: AuditAction, object_id: UUID, before: Row, after: Row) -> Row:
    return {
        "noun": model.__name__,
        "object_id": object_id,
        "version": None,
        "action": action,
        "before": before,
        "after": after,
        "changed_fields": _join_names(tuple(before), tuple(after)),
        "visible_only_to_id": None,
    }


@lru_cache(MAX_COLUMN_SETS)
def _join_names(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    return f" {' '.join(dict.fromkeys((*before, *after)))} "
