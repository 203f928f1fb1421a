"""Sign-in events: what happened to sessions, passwords and API keys, for their users and for the owners of a tenant.

An event belongs to the tenant that the request names in X-Tenant, if the user is a member of it; without the header, to
the user's only tenant. Owners see the events of their tenant, and none of other tenants. Repeated events of some kinds
are merged into one, so that neither an attacker nor a long session can fill the table.
"""

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, String, Uuid, cast, delete, func, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite

from database.identity_statements import select_tenant_of, tenant_parameters
from models import SignInEvent, User
from models.base import utc_now
from models.ids import new_id
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.key_list import any_of, key_list_param
from services.core.request_info import RequestInfo
from services.core.unit_of_work import UnitOfWork
from services.people.rate_limit import network_of

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
MERGE_PERIODS = {
    SignInEventKind.LOGIN_FAILED: HOUR,
    SignInEventKind.SECOND_FACTOR_FAILED: HOUR,
    SignInEventKind.REFRESH_TOKEN_REUSED: HOUR,
    SignInEventKind.REFRESHED: DAY,
}
"""For each kind that is merged, the period in which repeated events from one network, or of one session, are one."""
MAX_DELETED_ROWS = 1000
MAX_DETAIL_LENGTH = 255
MERGE_HASH_LENGTH = 32
"""The rest of a key, as many characters, is the id of the tenant."""


@dataclass(frozen=True)
class EventSubject:
    """What an event concerns: a user, or none; the tenant, unless it follows from the request and the user."""

    user_id: UUID | None = None
    tenant_id: UUID | None = None
    session_id: UUID | None = None
    api_key_id: UUID | None = None
    detail: str | None = None
    impersonator_id: UUID | None = None
    """The superuser, if it concerns a session of one who acts as the user."""
    expires_at: datetime.datetime | None = None


async def record_sign_in_event(work: UnitOfWork, kind: SignInEventKind, subject: EventSubject | None = None) -> None:
    """Record an event in the unit of work, with which it is committed or rolled back. It happened to the principal
    unless the subject names another user or none.

    What must be recorded although a request fails, such as a wrong code, is recorded in a unit of work of its own, in
    the background (Context.run_in_background): then its response takes no longer than another one.
    """
    subject = subject or EventSubject(work.principal.user_id)
    user_id = literal(subject.user_id, Uuid())
    is_known = subject.tenant_id is not None or subject.user_id is None
    tenant = literal(subject.tenant_id, Uuid()) if is_known else select_tenant_of(user_id, _request(work).tenant)
    merge_hash = _merge_hash(work, kind, f"{subject.user_id} {subject.detail or ''}", subject.session_id)
    owner = {"user_id": user_id, "tenant_id": tenant, "merge_key": _merge_key(merge_hash, tenant)}
    await _insert(work, _event_values(work, kind, subject), owner, true())


async def record_failed_login(work: UnitOfWork, email: str) -> None:
    """Record that a client could not sign in as the user with this address, if there is one. Known and unknown
    addresses take the same statement."""
    kind, user = SignInEventKind.LOGIN_FAILED, table_of(User)
    tenant = select_tenant_of(user.c.id, _request(work).tenant)
    owner = {"user_id": user.c.id, "tenant_id": tenant, "merge_key": _merge_key(_merge_hash(work, kind, email), tenant)}
    is_known = (user.c.email == email) & user.c.deleted_at.is_(None)
    await _insert(work, _event_values(work, kind, EventSubject()), owner, is_known)


async def delete_old(work: UnitOfWork, before: datetime.datetime) -> int:
    """Delete some events, of any tenant and user, that happened last before a time. Return their number."""
    event = table_of(SignInEvent)
    old = select(event.c.id).where(event.c.last_at < before).limit(MAX_DELETED_ROWS).with_for_update(skip_locked=True)
    ids = [row.id for row in await work.rows(old)]
    await work.rows(delete(event).where(any_of(event.c.id, key_list_param(ids))).returning(event.c.id))
    return len(ids)


def _request(work: UnitOfWork) -> RequestInfo:
    return RequestInfo() if work.load_request is None else work.load_request()


def _event_values(work: UnitOfWork, kind: SignInEventKind, subject: EventSubject) -> dict[str, Any]:
    request, now = _request(work), utc_now()
    common = {"id": new_id(), "created_at": now, "updated_at": now, "version": 1, "last_at": now, "count": 1}
    ids = {name: getattr(subject, name) for name in ("session_id", "api_key_id", "impersonator_id")}
    client = {"address": request.address, "user_agent": request.user_agent}
    detail = (subject.detail or "")[:MAX_DETAIL_LENGTH] or None
    return common | ids | client | {"kind": kind, "detail": detail, "expires_at": subject.expires_at}


async def _insert(work: UnitOfWork, values: dict[str, Any], owner: dict[str, Any], condition: Any) -> None:
    statement = _build_insert(work.dialect, values, owner, condition)
    await work.rows(statement, **tenant_parameters(_request(work).tenant))


def _build_insert(dialect: str, values: dict[str, Any], owner: dict[str, Any], condition: Any) -> Insert:
    """Insert an event of the user whom the expressions and the condition select, if there is one. If there is an event
    with the same key, count it there."""
    table = table_of(SignInEvent)
    columns = owner | {name: literal(value, table.c[name].type) for name, value in values.items()}
    selected = select(*(value.label(name) for name, value in columns.items())).where(condition)
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    insert = insert.from_select(list(columns), selected)
    if values["kind"] in MERGE_PERIODS:
        again = {"count": table.c.count + 1, **{name: values[name] for name in ("last_at", "updated_at")}}
        insert = insert.on_conflict_do_update(index_elements=["merge_key"], set_=again)
    statement: Insert = insert.returning(table.c.id)
    return statement


def _merge_hash(work: UnitOfWork, kind: SignInEventKind, account: str, session_id: UUID | None = None) -> str | None:
    """Return the hash of what an event has in common with those that are merged with it, apart from the tenant; None if
    it is not merged. It contains nothing that a client can vary at will."""
    period = MERGE_PERIODS.get(kind)
    if period is None:
        return None
    number = int(utc_now().timestamp() // period.total_seconds())
    place = session_id or network_of(_request(work).address)
    text = "\n".join([kind, str(number), str(place), account])
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:MERGE_HASH_LENGTH]


def _merge_key(merge_hash: str | None, tenant: Any) -> ColumnElement[Any]:
    """Return the expression of the key: events in different tenants are not merged, so that each owner sees all of
    theirs. The tenant is the one that the statement determines, since a client can send any text in X-Tenant."""
    if merge_hash is None:
        return literal(None, String())
    id = func.replace(func.coalesce(cast(tenant, String()), ""), "-", "")  # only PostgreSQL writes hyphens
    return literal(merge_hash, String()).concat(id)
