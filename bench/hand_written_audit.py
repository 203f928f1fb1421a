"""Entries of the audit written by hand on asyncpg: what the mutations of the benchmarks record, which is also their
feed of changes."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from models.ids import new_id
from models.log import IDENTIFY_CLUSTER, WRITE_EPOCH

ENTRIES = f"""
INSERT INTO audit_entry (tenant_id, id, noun, object_id, version, action, actor_kind, actor_id, before, after,
    changed_fields, created_at, visible_only_to_id, epoch, log_transaction)
SELECT $1, e.id, e.noun, e.object_id, e.version, e.action, 'USER', $2, e.before, e.after, e.changed_fields, $3,
    e.visible_only_to_id, {WRITE_EPOCH},
    greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)
FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::int[], $8::text[], $9::json[], $10::json[], $11::text[],
    $12::uuid[]) AS e (id, noun, object_id, version, action, before, after, changed_fields, visible_only_to_id)
"""  # noqa: S608 -- no values


@dataclass(frozen=True)
class Change:
    """A changed row: its type, id and new version, and the old and new values of the columns that differ."""

    noun: str
    id: UUID
    after: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    """None for a new row."""
    version: int = 1
    visible_only_to_id: UUID | None = None


def open_pool(url: str, connections: int) -> Any:
    """Open a pool of connections like those of the server: they know their cluster, and keep their session when they
    are released."""
    return asyncpg.create_pool(
        url, min_size=connections, max_size=connections, init=_identify_cluster, reset=_keep_session
    )


async def _identify_cluster(connection: asyncpg.Connection) -> None:
    await connection.execute(IDENTIFY_CLUSTER)


async def _keep_session(_connection: asyncpg.Connection) -> None:
    """Send nothing: the variables of row-level security end with their transaction."""


async def record_changes(
    connection: asyncpg.Connection, principal: Any, time: datetime.datetime, changes: Sequence[Change]
) -> None:
    """Insert an entry for each change by the principal, in one statement."""
    columns = zip(*map(_build_row, changes), strict=True)
    await connection.execute(ENTRIES, principal["tenant_id"], principal["id"], time, *columns)


def _build_row(change: Change) -> tuple[Any, ...]:
    action = "CREATED" if change.before is None else "UPDATED"
    contents = (json.dumps(change.before or {}), json.dumps(change.after), f" {' '.join(change.after)} ")
    return (new_id(), change.noun, change.id, change.version, action, *contents, change.visible_only_to_id)
