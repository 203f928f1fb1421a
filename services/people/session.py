"""Sessions: begin, end and clean up."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update

from models import RefreshToken, Session, User
from models.base import utc_now
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.key_list import any_of, key_list_param
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.people import secrets
from services.people.sign_in_events import EventSubject, record_sign_in_event
from services.people.tokens import AccessTokens

MAX_DELETED_ROWS = 1000
RECENT_SIGN_IN = datetime.timedelta(minutes=10)
MIN_USE_INTERVAL = datetime.timedelta(seconds=30)
"""The last use of a session is not stored again within this time, although several processes record it."""


@dataclass(frozen=True)
class Device:
    """The network address and the User-Agent of a client."""

    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True)
class SessionOptions:
    """What a new session needs: the issuer of its access tokens, the client's device, and its lifetime in days."""

    tokens: AccessTokens
    device: Device
    lifetime_days: int
    method: str | None = None
    """How the user signed in, for the sign-in event: the issuer; None for the password."""


@dataclass(frozen=True)
class SessionTokens:
    """A session's tokens, issued at sign-in or refresh."""

    access_token: str
    access_expires_at: datetime.datetime
    refresh_token: str | None
    session_id: UUID
    expires_at: datetime.datetime
    """When the session and its refresh tokens expire."""
    user: Any
    membership: Any = None
    """The membership in the tenant of an invitation that was accepted with the sign-in."""

    def without_refresh_token(self) -> "SessionTokens":
        """Return a copy without the refresh token, for clients that receive it in a cookie."""
        return replace(self, refresh_token=None)

    @property
    def seconds_remaining(self) -> int:
        """The time until the session expires."""
        return max(0, int((self.expires_at - utc_now()).total_seconds()))


async def begin_session(work: UnitOfWork, user: User, options: SessionOptions) -> SessionTokens:
    """Begin a session of the user and issue its first tokens."""
    device, expires_at = options.device, utc_now() + datetime.timedelta(days=options.lifetime_days)
    session = Session(user_id=user.id, expires_at=expires_at, user_agent=device.user_agent, address=device.address)
    await work.add(session)
    refresh_token = secrets.generate(secrets.REFRESH_TOKEN_PREFIX)
    await store_refresh_token(work, session.id, refresh_token)
    return build_tokens(options.tokens, refresh_token, session, user)


def build_tokens(tokens: AccessTokens, refresh_token: str, session: Any, user: Any) -> SessionTokens:
    """Issue an access token of a session, and return it with the refresh token."""
    access_token, expires_at = tokens.issue_with_expiry(user.id, session.id)
    access_expires_at = min(expires_at, session.expires_at)
    return SessionTokens(access_token, access_expires_at, refresh_token, session.id, session.expires_at, user)


async def require_recent_sign_in(work: UnitOfWork, remedy: str) -> None:
    """Reject unless the principal, who has no password to confirm, has signed in a moment ago."""
    session, since = table_of(Session), utc_now() - RECENT_SIGN_IN
    is_recent = (visible(session), session.c.id == work.principal.session_id, session.c.created_at > since)
    if not await work.rows(select(session.c.id).where(*is_recent)):
        raise Rejected(Problem(Code.REQUIRED, ("input", "current_password"), remedy))


async def store_refresh_token(work: UnitOfWork, session_id: UUID, token: str) -> None:
    """Store the hash of a session's next refresh token."""
    await work.add(RefreshToken(hash=secrets.hash_secret(token), session_id=session_id))


async def end_session(work: UnitOfWork, id: UUID, *field: str) -> Session:
    """End one of the sessions that the principal sees: mostly the user's own ones, and those of superusers who act as
    another user. Rejected as not found if it is not active."""
    session: Session = await work.get_for_update(Session, id, *field)
    await _end(work, session, SignInEventKind.SESSION_REVOKED)
    return session


async def log_out(work: UnitOfWork, id: UUID) -> bool:
    """End one of the principal's sessions, if it is active, or that in which the principal acts as another user. Return
    whether one has ended."""
    is_of_request = id == work.principal.session_id
    session = await _find_of_request(work, id) if is_of_request else await work.find_for_update(Session, id)
    if session is None:
        return False
    await _end(work, session, SignInEventKind.LOGGED_OUT)
    return True


async def _find_of_request(work: UnitOfWork, id: UUID) -> Session | None:
    """Load and lock the session of the request. It may be limited to another tenant than the request names."""
    session = table_of(Session)
    is_active = (session.c.id == id, session.c.user_id == work.principal.user_id, session.c.revoked_at.is_(None))
    entities = await work.entities(Session, select(session).where(*is_active).with_for_update())
    return entities[0] if entities else None


async def _end(work: UnitOfWork, session: Session, kind: SignInEventKind) -> None:
    session.revoked_at = utc_now()
    await work.flush()
    tenant, impersonator = session.only_tenant_id, session.impersonator_id
    subject = EventSubject(session.user_id, tenant, session_id=session.id, impersonator_id=impersonator)
    await record_sign_in_event(work, kind, subject)
    if work.principal.is_superuser:
        session_table = table_of(Session)
        await _revoke_all(work, session_table.c.impersonator_session_id == session.id)


async def revoke_sessions(work: UnitOfWork, except_id: UUID | None = None) -> None:
    """End all sessions of the principal at the request of the user, except the one with the id `except_id`."""
    await end_sessions(work, except_id)
    await record_sign_in_event(work, SignInEventKind.SESSIONS_REVOKED)


async def end_sessions(work: UnitOfWork, except_id: UUID | None = None) -> None:
    """End all sessions of the principal, except the one with the id `except_id` and those that a superuser has begun
    in it."""
    session, user_id = table_of(Session), work.principal.user_id
    condition = session.c.user_id == user_id
    if except_id is not None:
        condition &= session.c.id != except_id
    if work.principal.is_superuser:
        begun = session.c.impersonator_id == user_id
        condition |= begun if except_id is None else begun & (session.c.impersonator_session_id != except_id)
    await _revoke_all(work, condition)


async def _revoke_all(work: UnitOfWork, condition: ColumnElement[bool]) -> None:
    await work.update_all(Session, condition, {"revoked_at": None}, revoked_at=utc_now())


async def record_use(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Store the time of the last use of sessions, without changing their versions. Those that another process is
    storing are skipped: two statements that update the same rows in different orders would wait for each other."""
    session, now = table_of(Session), utc_now()
    is_old = session.c.last_used_at < now - MIN_USE_INTERVAL
    used = select(session.c.id).where(any_of(session.c.id, key_list_param(ids)), is_old)
    unlocked = session.c.id.in_(used.with_for_update(skip_locked=True))
    await work.rows(update(session).where(unlocked).values(last_used_at=now).returning(session.c.id))


async def delete_ended(work: UnitOfWork) -> None:
    """Delete the principal's sessions that have ended, so that they do not accumulate."""
    session, token = table_of(Session), table_of(RefreshToken)
    ended = (session.c.user_id == work.principal.user_id) & _has_ended(utc_now())
    ended_ids = select(session.c.id).where(ended)
    await work.rows(delete(token).where(token.c.session_id.in_(ended_ids)).returning(token.c.hash))
    await work.rows(delete(session).where(ended).returning(session.c.id))


async def delete_all_ended(work: UnitOfWork, before: datetime.datetime) -> int:
    """Delete some sessions of any user that have ended before a time. Return their number."""
    session, token = table_of(Session), table_of(RefreshToken)
    ended = select(session.c.id).where(_has_ended(before)).limit(MAX_DELETED_ROWS).with_for_update(skip_locked=True)
    ids = [row.id for row in await work.rows(ended)]
    is_ended = any_of(token.c.session_id, key_list_param(ids))
    await work.rows(delete(token).where(is_ended).returning(token.c.hash))
    await work.rows(delete(session).where(any_of(session.c.id, key_list_param(ids))).returning(session.c.id))
    return len(ids)


def _has_ended(before: datetime.datetime) -> ColumnElement[bool]:
    session = table_of(Session)
    return or_(session.c.revoked_at <= before, session.c.expires_at <= before)
