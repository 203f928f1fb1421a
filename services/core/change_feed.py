"""The change feed: what changed in a tenant, in one order that every reader sees.

It reads the audit's entries as a log (models/log.py), so a change is in the feed if and only if it was committed. A
cursor is a position in the log, and the time at which the feed was known to be complete up to it.
"""

import base64
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from models.base import utc_now
from models.ids import new_id_at
from models.log import LOG_ORDER
from queries.changes import ChangeQuery, select_changes
from services.core.access import LogSource
from services.core.change_filter import ChangeFilter
from services.core.errors import BadInput, CursorExpired

_SIGNATURE = "changes"
_MAX_INTEGER = 2**63
MAX_SCANNED = 5000
"""How many entries of the log are read for a page, so that a rare type does not make it arbitrarily expensive."""
GRACE_TIME = datetime.timedelta(days=1)
"""How much longer cursors are valid than changes are returned without a cursor: the time to read a long backlog.
Pruning protects changes for another such time, because a change is committed later than it is dated."""


@dataclass(frozen=True)
class ChangeRequest:
    """Which changes a client asks for: so many, after a cursor, that match a filter."""

    size: int
    after: str | None
    where: ChangeFilter
    retention: datetime.timedelta


@dataclass(frozen=True)
class Cursor:
    """A position in a tenant's log: of the columns LOG_ORDER, and the time at which nothing before it was missing."""

    tenant: int
    """The last 32 bits of the tenant's id."""
    position: tuple[int, ...]
    time: datetime.datetime

    def encode(self) -> str:
        """Return the cursor as clients see it."""
        values = [_SIGNATURE, self.tenant, *self.position, int(self.time.timestamp())]
        return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


@dataclass(frozen=True)
class ChangePage:
    """A page of changes, with what the type PageInfo needs."""

    rows: Sequence[Any]
    has_next: bool
    has_previous: bool
    end: Cursor
    """Where the next page begins. It also exists if the page is empty."""
    newest: Cursor
    """Where the changes begin that are committed later."""
    has_unsettled: bool
    """Whether there are changes that are in the feed only when older transactions have ended."""

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first change."""
        return cursor_of(self.rows[0]).encode() if self.rows else None

    @property
    def end_cursor(self) -> str:
        """The cursor to continue with."""
        return self.end.encode()


def cursor_of(row: Any) -> Cursor:
    """Return the cursor of a change."""
    return Cursor(_short_id(row.tenant), tuple(getattr(row, name) for name in LOG_ORDER), row.created_at)


def encode_cursor(row: Any) -> str:
    """Return the cursor of a change as clients see it."""
    return cursor_of(row).encode()


async def read_changes(source: LogSource, request: ChangeRequest) -> ChangePage:
    """Read a page of changes of the current tenant after a cursor, or from the oldest one that is retained. Raises
    CursorExpired if changes after the cursor may be missing."""
    cursor = None if request.after is None else decode_cursor(request.after)
    where, values = request.where.split()
    query = ChangeQuery(request.size, where, cursor is not None, MAX_SCANNED, source.log_order)
    oldest = utc_now() - request.retention
    start = {"first_id": new_id_at(oldest)} if cursor is None else _as_parameters(cursor)
    rows = await source.rows(select_changes(query), **start, **values)
    if cursor is not None:
        _check_cursor(cursor, rows[0], request)
    newest = _newest_cursor(rows[0], cursor)
    changes = [row for row in rows if row.position is not None]
    page = changes[: request.size]
    since = oldest if cursor is None else cursor.time
    end = cursor_of(page[-1]) if len(changes) > request.size else _scanned_cursor(rows[0], since)
    return ChangePage(page, end is not None, cursor is not None, end or newest, newest, rows[0].has_unsettled)


def _scanned_cursor(state: Any, since: datetime.datetime) -> Cursor | None:
    """Return the cursor after the scanned entries, or None if there were no more. The last one may be a baseline, which
    is dated long before it was written, so the time is not before that of the page's start."""
    if state.scanned_count < MAX_SCANNED:
        return None
    position = tuple(getattr(state, f"scanned_{name}") for name in LOG_ORDER)
    return Cursor(_short_id(state.tenant), position, max(since, state.scanned_created_at))


def _check_cursor(cursor: Cursor, state: Any, request: ChangeRequest) -> None:
    """Raise BadInput if the cursor is of another tenant, or CursorExpired."""
    if cursor.tenant != _short_id(state.tenant):
        raise BadInput("`after` is a cursor of another tenant. Send the header X-Tenant with the same tenant.")
    if cursor.time < utc_now() - request.retention - GRACE_TIME:
        raise CursorExpired(f"This cursor is older than {request.retention.days} days, for which changes are retained.")
    if not state.is_known:
        raise CursorExpired("This cursor is of another database, or of changes that a recovery has lost.")
    if state.feed_start is not None and cursor.position < tuple(map(int, state.feed_start.split("."))):
        raise CursorExpired("The data of the tenant was imported after this cursor was issued.")


def _newest_cursor(state: Any, cursor: Cursor | None) -> Cursor:
    """Return the cursor after all changes that readers may see now, but not before the client's own cursor."""
    position = (state.first_epoch, 0, 0) if cursor is None else cursor.position
    if state.newest_position is not None:
        position = max(position, tuple(getattr(state, f"newest_{name}") for name in LOG_ORDER))
    return Cursor(_short_id(state.tenant), position, utc_now())


def decode_cursor(text: str) -> Cursor:
    """Parse a cursor. Raises BadInput if it is malformed."""
    try:
        values = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        signature, tenant, *position, seconds = values
        time = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        signature = None
    if signature != _SIGNATURE or len(position) != len(LOG_ORDER) or not all(map(_is_storable, (tenant, *position))):
        raise BadInput("`after` is not a cursor of the change feed.")
    return Cursor(tenant, tuple(position), time)


def _short_id(id: UUID) -> int:
    return id.int % 2**32


def _is_storable(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MAX_INTEGER


def _as_parameters(cursor: Cursor) -> dict[str, int]:
    return {f"after_{name}": value for name, value in zip(LOG_ORDER, cursor.position, strict=True)}
