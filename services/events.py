"""The event store: what happened, stream by stream, in the order in which it happened.

A stream belongs to one thing: an account, an order. Its events are appended in the unit of work that changes what they
are about, so both are committed or neither is. The database refuses to change or delete them.
"""

import datetime
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, FromClause, Row, Select, String, Uuid, and_, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from models import Event
from models.base import now
from models.ids import public_id
from models.relations import table_of
from queries.caller import Actor
from queries.kept import kept
from queries.scope import recorded, visible
from services.event_types import EventData, data_of
from services.unit_of_work import UnitOfWork

PAGE = 1000


@dataclass(frozen=True)
class Recorded:
    """An event as it is in its stream, its data in today's form."""

    version: int
    data: EventData
    created_at: datetime.datetime


class Overtaken(StaleDataError):
    """The stream is not where the use case saw it: somebody else appended meanwhile. The unit of work does it again."""


async def append(
    work: UnitOfWork, stream_type: str, stream_id: UUID, *events: EventData, expected_version: int | None = None
) -> int:
    """Add events to the end of a stream; the version it is at then. Overtaken if it is not at the expected version
    (0 for a new stream), or if somebody else appends at the same time."""
    version, latest = await _head(work, stream_type, stream_id)
    if expected_version not in (None, version):
        raise Overtaken(f"{stream_type} {stream_id} is at version {version}, not {expected_version}")
    time = max(now(), latest or now())  # clocks differ, and an event is never older than the one before it
    rows = [_row(work, stream_id, version + number, time, event) for number, event in enumerate(events, 1)]
    await _add(work, stream_type, rows)
    return version + len(events)


async def append_after(
    work: UnitOfWork, stream_type: str, events: Mapping[UUID, tuple[int, EventData]], time: datetime.datetime
) -> None:
    """Add one event to each of these streams, behind the version that it is known to be at because what it is about is
    locked. Overtaken if one is not."""
    rows = [_row(work, id, version + 1, time, event) for id, (version, event) in events.items()]
    await _add(work, stream_type, rows)


class Source(Protocol):
    """What events are read through: a unit of work, or a request's reader."""

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Row[Any]]:
        """The rows of a scoped statement."""


async def load(
    source: Source, stream_type: str, stream_id: UUID, *, after: int = 0, until: datetime.datetime | None = None
) -> AsyncIterator[Recorded]:
    """The events of a stream in their order: those behind a version, and up to a time."""
    table = table_of(Event)
    columns = (table.c.version, table.c.type, table.c.schema_version, table.c.data, table.c.created_at)
    found = select(*columns).where(visible(table), _of_stream(table, stream_type, stream_id)).limit(PAGE)
    if until is not None:
        found = found.where(table.c.created_at <= until)
    while rows := await source.rows(found.where(table.c.version > after).order_by(table.c.version)):
        for row in rows:
            yield Recorded(row.version, data_of(row.type, row.schema_version, row.data), row.created_at)
        after = rows[-1].version


async def _add(work: UnitOfWork, stream_type: str, rows: Sequence[dict[str, Any]]) -> None:
    if any(row["stream_type"] != stream_type for row in rows):
        raise ValueError(f"these events are not about any {stream_type}")
    try:
        await work.insert(Event, rows)
    except IntegrityError as error:
        raise Overtaken(f"a stream of the kind {stream_type} went on meanwhile") from error


async def _head(work: UnitOfWork, stream_type: str, stream_id: UUID) -> tuple[int, datetime.datetime | None]:
    """The version and the time of a stream's last event."""
    found = await work.rows(newest(), stream_type=stream_type, stream_id=stream_id)
    return (found[0].version, found[0].created_at) if found else (0, None)


@kept
def newest() -> Select[Any]:
    table = table_of(Event)
    stream = _of_stream(table, bindparam("stream_type", type_=String()), bindparam("stream_id", type_=Uuid()))
    last = select(table.c.version, table.c.created_at).where(recorded(table), stream)
    return last.order_by(table.c.version.desc()).limit(1)


def _of_stream(table: FromClause, stream_type: Any, stream_id: Any) -> ColumnElement[bool]:
    return and_(table.c.stream_type == stream_type, table.c.stream_id == stream_id)


def _name_of(actor: Actor) -> str | None:
    if actor.api_key_id is not None:
        return public_id("api_key", actor.api_key_id)
    return public_id("user", actor.user_id) if actor.user_id else None


def _row(work: UnitOfWork, stream_id: UUID, version: int, time: datetime.datetime, event: EventData) -> dict[str, Any]:
    about = {"actor": _name_of(work.actor), "requestId": work.caller.request_id}
    return {
        "stream_type": event.stream_type,
        "stream_id": stream_id,
        "version": version,
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.written(),
        "meta": about,
        "created_at": time,
    }
