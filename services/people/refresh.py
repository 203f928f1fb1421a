"""Refresh tokens: each is exchanged once for the next. The reuse of an exchanged token ends the session, since the
token may have been stolen.

Two tabs of one browser may refresh at the same time. One of them succeeds; the other gets a CONFLICT and no tokens,
and the session continues with the tokens of the first. Only a reuse after the grace period counts as theft.
"""

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select, update

from database.reader import Reader
from models import RefreshToken, Session, User
from models.base import utc_now
from models.relations import table_of
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected, Unauthenticated
from services.core.unit_of_work import UnitOfWork
from services.people import secrets
from services.people.session import SessionTokens, issue_refresh_token
from services.people.tokens import AccessTokens

GRACE_PERIOD = datetime.timedelta(seconds=10)


class RunAsUser(Protocol):
    """Runs a use case as a user who was authenticated by other means than an access token."""

    async def __call__(self, user_id: UUID, use_case: Callable[[UnitOfWork], Awaitable[Any]]) -> Any: ...


@dataclass(frozen=True)
class PresentedRefreshToken:
    """A refresh token that exists, with its session and user."""

    hash: str
    session_id: UUID
    user_id: UUID


async def refresh_session(
    reader: Reader, run_as_user: RunAsUser, tokens: AccessTokens, token: str | None
) -> SessionTokens:
    """Exchange a refresh token for the next tokens of its session. Unauthenticated if the session has ended."""
    presented = await load_presented(reader, token)
    if presented is None:
        raise _session_ended()
    issued: SessionTokens | None = await run_as_user(presented.user_id, lambda work: _exchange(work, tokens, presented))
    if issued is None:
        raise _session_ended()
    return issued


async def load_presented(reader: Reader, token: str | None) -> PresentedRefreshToken | None:
    """Load a refresh token; None if it does not exist, or if its session was deleted."""
    if token is None or len(token) > secrets.MAX_LENGTH:
        return None
    hash, refresh_token, session = secrets.hash_secret(token), table_of(RefreshToken), table_of(Session)
    query = select(session.c.id, session.c.user_id).join(refresh_token, session.c.id == refresh_token.c.session_id)
    row = await reader.row(query.where(refresh_token.c.hash == hash))
    await reader.release()
    return PresentedRefreshToken(hash, row.id, row.user_id) if row else None


async def _exchange(work: UnitOfWork, tokens: AccessTokens, presented: PresentedRefreshToken) -> SessionTokens | None:
    """Issue the next tokens. Return None if the token was reused and the session therefore ended: an exception would
    roll that back."""
    token = table_of(RefreshToken)
    unused = (token.c.hash == presented.hash, token.c.used_at.is_(None))
    if not await work.rows(update(token).where(*unused).values(used_at=utc_now()).returning(token.c.hash)):
        await _handle_reuse(work, presented)
        return None
    session = await _touch_session(work, presented.session_id)
    refresh_token = await issue_refresh_token(work, session.id)
    access_token = tokens.issue(presented.user_id, session.id)
    user = await work.find_for_update(User, presented.user_id)
    return SessionTokens(access_token, refresh_token, session.id, session.expires_at, user)


async def _touch_session(work: UnitOfWork, session_id: UUID) -> Any:
    """Store the time of use and return the session; Unauthenticated if it has ended."""
    session = table_of(Session)
    active = (visible(session), session.c.id == session_id, session.c.expires_at > utc_now())
    touch = update(session).where(*active).values(last_used_at=utc_now())
    rows = await work.rows(touch.returning(session.c.id, session.c.expires_at))
    if not rows:
        raise _session_ended()
    return rows[0]


async def _handle_reuse(work: UnitOfWork, presented: PresentedRefreshToken) -> None:
    """End the session, or reject as CONFLICT within the grace period."""
    token = table_of(RefreshToken)
    (row,) = await work.rows(select(token.c.used_at).where(token.c.hash == presented.hash))
    if utc_now() - row.used_at < GRACE_PERIOD:
        message = (
            "The session was refreshed a moment ago, for example by another tab. Use the tokens from that response."
        )
        raise Rejected(Problem(Code.CONFLICT, ("input", "refresh_token"), message))
    session = await work.find_for_update(Session, presented.session_id)
    if session is not None:
        session.revoked_at = utc_now()


def _session_ended() -> Unauthenticated:
    return Unauthenticated("The session has ended. Sign in again.")
