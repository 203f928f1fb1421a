"""The event store: streams of events, each in the order in which they happened.

A stream belongs to one object, such as an account or an order. Its events are appended in the unit of work that changes
the object, so that both are committed or neither is. The database rejects updates and deletes of events.
"""

import datetime
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, FromClause, Row, Select, String, Uuid, and_, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from database.authentication import Principal
from models import Event
from models.base import utc_now
from models.ids import public_id
from models.relations import table_of
from queries.row_list import row_list, row_params
from queries.scope import in_tenant_log, visible
from queries.statement_cache import cached_statement
from services.core.event_types import EventData, parse_event
from services.core.unit_of_work import UnitOfWork

PAGE_SIZE = 1000


@dataclass(frozen=True)
class RecordedEvent:
    """A stored event, with its data in the current schema."""

    version: int
    data: EventData
    created_at: datetime.datetime


class StreamVersionConflict(StaleDataError):
    """The stream is not at the expected version: a concurrent transaction appended to it. The use case is retried."""


async def append_events(
    work: UnitOfWork, stream_type: str, stream_id: UUID, *events: EventData, expected_version: int | None = None
) -> int:
    """Append events to a stream and return its new version. Raises StreamVersionConflict if the stream is not at the
    expected version (0 for a new stream), or if a concurrent transaction appends to it."""
    version, latest = await _stream_head(work, stream_type, stream_id)
    if expected_version not in (None, version):
        raise StreamVersionConflict(f"{stream_type} {stream_id} is at version {version}, not {expected_version}")
    now = utc_now()
    time = max(now, latest or now)  # clocks differ, and an event must not be older than the one before it
    rows = [_build_row(work, stream_id, version + number, time, event) for number, event in enumerate(events, 1)]
    await _insert_events(work, stream_type, rows)
    return version + len(events)


async def append_to_locked_streams(
    work: UnitOfWork, stream_type: str, events: Mapping[UUID, tuple[int, EventData]], time: datetime.datetime
) -> None:
    """Append one event to each stream. `events` maps a stream's id to its current version, which is known because the
    object is locked or new, and the event. Raises StreamVersionConflict if a version is wrong."""
    rows = [_build_row(work, id, version + 1, time, event) for id, (version, event) in events.items()]
    await _insert_events(work, stream_type, rows)


async def append_to_streams(work: UnitOfWork, stream_type: str, events: Sequence[tuple[UUID, EventData]]) -> None:
    """Append events to many streams, each given with the id of its stream, in this order: two statements for all.
    Raises StreamVersionConflict if a concurrent transaction appends to one of the streams."""
    ids = [{"stream_id": id} for id in dict.fromkeys(id for id, _ in events)]
    streams = row_params(ids, ("stream_id",), work.dialect)
    found = await work.rows(select_stream_heads(work.dialect), stream_type=stream_type, **streams)
    heads = {row.stream_id: (row.version or 0, row.created_at) for row in found}
    now, rows = utc_now(), []
    for id, event in events:
        version, latest = heads[id]
        time = max(now, latest or now)
        rows.append(_build_row(work, id, version + 1, time, event))
        heads[id] = version + 1, time
    await _insert_events(work, stream_type, rows)


class RowSource(Protocol):
    """Runs the queries for events: a unit of work or a request's reader."""

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Row[Any]]:
        """Run a scoped statement and return its rows."""


async def load_events(
    source: RowSource, stream_type: str, stream_id: UUID, *, after: int = 0, until: datetime.datetime | None = None
) -> AsyncIterator[RecordedEvent]:
    """Load the events of a stream in order: those after a version, and up to a time."""
    table = table_of(Event)
    columns = (table.c.version, table.c.type, table.c.schema_version, table.c.data, table.c.created_at)
    query = select(*columns).where(visible(table), _in_stream(table, stream_type, stream_id)).limit(PAGE_SIZE)
    if until is not None:
        query = query.where(table.c.created_at <= until)
    while rows := await source.rows(query.where(table.c.version > after).order_by(table.c.version)):
        for row in rows:
            yield RecordedEvent(row.version, parse_event(row.type, row.schema_version, row.data), row.created_at)
        after = rows[-1].version


async def _stream_head(work: UnitOfWork, stream_type: str, stream_id: UUID) -> tuple[int, datetime.datetime | None]:
    """Return the version and the time of the stream's last event."""
    rows = await work.rows(select_stream_head(), stream_type=stream_type, stream_id=stream_id)
    return (rows[0].version, rows[0].created_at) if rows else (0, None)


@cached_statement
def select_stream_head() -> Select[Any]:
    """Select version and time of the last event of the stream :stream_type, :stream_id."""
    table = table_of(Event)
    stream = _in_stream(table, bindparam("stream_type", type_=String()), bindparam("stream_id", type_=Uuid()))
    events = select(table.c.version, table.c.created_at).where(in_tenant_log(table), stream)
    return events.order_by(table.c.version.desc()).limit(1)


@cached_statement
def select_stream_heads(dialect: str) -> Select[Any]:
    """Select version and time of the last event of each stream in `row_params`; null for a new stream."""
    table = table_of(Event)
    streams = row_list([table.c.stream_id], dialect)
    stream = _in_stream(table, bindparam("stream_type", type_=String()), streams.c.stream_id)
    newest = [
        select(column).where(in_tenant_log(table), stream).order_by(table.c.version.desc()).limit(1).scalar_subquery()
        for column in (table.c.version, table.c.created_at)
    ]
    return select(streams.c.stream_id, newest[0].label("version"), newest[1].label("created_at"))


def _in_stream(table: FromClause, stream_type: Any, stream_id: Any) -> ColumnElement[bool]:
    return and_(table.c.stream_type == stream_type, table.c.stream_id == stream_id)


async def _insert_events(work: UnitOfWork, stream_type: str, rows: Sequence[dict[str, Any]]) -> None:
    if any(row["stream_type"] != stream_type for row in rows):
        raise ValueError(f"these events do not belong to a stream of type {stream_type}")
    try:
        await work.insert_untracked(Event, rows)
    except IntegrityError as error:
        raise StreamVersionConflict(f"a concurrent transaction appended to a stream of type {stream_type}") from error


def _build_row(
    work: UnitOfWork, stream_id: UUID, version: int, time: datetime.datetime, event: EventData
) -> dict[str, Any]:
    return {
        "stream_type": event.stream_type,
        "stream_id": stream_id,
        "version": version,
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.to_json(),
        "meta": _describe_cause(work),
        "created_at": time,
    }


def _describe_cause(work: UnitOfWork) -> dict[str, Any]:
    cause = {"actor": _principal_id(work.principal), "requestId": work.credentials.request_id}
    impersonator_id = work.principal.impersonator_id
    return cause if impersonator_id is None else cause | {"impersonator": public_id("user", impersonator_id)}


def _principal_id(principal: Principal) -> str | None:
    if principal.api_key_id is not None:
        return public_id("api_key", principal.api_key_id)
    return public_id("user", principal.user_id) if principal.user_id else None
