"""Refresh tokens: each is exchanged once for the next. The reuse of an exchanged token ends the session, since the
token may have been stolen.

Several tabs of one browser may refresh at the same time. One of them exchanges the token; the others present a token
that was just used, and get the same next token, which is derived from the presented one. Only a reuse after the grace
period counts as theft.
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
from models.sign_in_event import SignInEventKind
from queries.scope import visible
from services.core.errors import Code, Problem, Rejected, Unauthenticated
from services.core.unit_of_work import UnitOfWork
from services.people import secrets
from services.people.session import SessionTokens, build_tokens, store_refresh_token
from services.people.sign_in_events import EventSubject, record_sign_in_event
from services.people.tokens import AccessTokens

GRACE_PERIOD = datetime.timedelta(seconds=10)


class RunAsUser(Protocol):
    """Runs a use case as a user who was authenticated by other means than an access token."""

    async def __call__(self, user_id: UUID, use_case: Callable[[UnitOfWork], Awaitable[Any]]) -> Any: ...


@dataclass(frozen=True)
class PresentedRefreshToken:
    """A refresh token that exists, with its session and user."""

    token: str
    session_id: UUID
    user_id: UUID

    @property
    def hash(self) -> str:
        """The hash under which it is stored."""
        return secrets.hash_secret(self.token)


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
    return PresentedRefreshToken(token, row.id, row.user_id) if row else None


async def _exchange(work: UnitOfWork, tokens: AccessTokens, presented: PresentedRefreshToken) -> SessionTokens | None:
    """Issue the next tokens. Return None if the token was reused and the session therefore ended: an exception would
    roll that back."""
    table = table_of(RefreshToken)
    unused = (table.c.hash == presented.hash, table.c.used_at.is_(None))
    used = await work.rows(update(table).where(*unused).values(used_at=utc_now()).returning(table.c.hash))
    next_tokens = tokens.derive_refresh_tokens(presented.session_id, presented.token)
    next_token = next_tokens[0] if used else await _find_in_grace_period(work, presented, next_tokens)
    subject = EventSubject(presented.user_id, session_id=presented.session_id)
    if next_token is None:
        await _end_session(work, presented)
        await record_sign_in_event(work, SignInEventKind.REFRESH_TOKEN_REUSED, subject)
        return None
    session = await _touch_session(work, presented.session_id)
    if used:
        await store_refresh_token(work, session.id, next_token)
        await record_sign_in_event(work, SignInEventKind.REFRESHED, subject)
    user = await work.find_for_update(User, presented.user_id)
    return build_tokens(tokens, next_token, session, user)


async def _touch_session(work: UnitOfWork, session_id: UUID) -> Any:
    """Store the time of use and return the session; Unauthenticated if it has ended."""
    session = table_of(Session)
    active = (visible(session), session.c.id == session_id, session.c.expires_at > utc_now())
    touch = update(session).where(*active).values(last_used_at=utc_now())
    rows = await work.rows(touch.returning(session.c.id, session.c.expires_at))
    if not rows:
        raise _session_ended()
    return rows[0]


async def _find_in_grace_period(
    work: UnitOfWork, presented: PresentedRefreshToken, next_tokens: list[str]
) -> str | None:
    """Return for which of these the token was exchanged a moment ago; None if that was earlier, or never. Rejected as
    CONFLICT if it was exchanged for another one: the server's secret has changed since, and is no fallback."""
    table, hashes = table_of(RefreshToken), {secrets.hash_secret(token): token for token in next_tokens}
    query = select(table.c.hash, table.c.used_at).where(table.c.hash.in_((presented.hash, *hashes)))
    used_at = {row.hash: row.used_at for row in await work.rows(query)}
    first_used_at = used_at.pop(presented.hash, None)
    if first_used_at is None or utc_now() - first_used_at >= GRACE_PERIOD:
        return None
    if not used_at:
        message = "The session was refreshed a moment ago by another request. Use the tokens from that response."
        raise Rejected(Problem(Code.CONFLICT, ("input", "refresh_token"), message))
    return hashes[next(iter(used_at))]


async def _end_session(work: UnitOfWork, presented: PresentedRefreshToken) -> None:
    session = await work.find_for_update(Session, presented.session_id)
    if session is not None:
        session.revoked_at = utc_now()


def _session_ended() -> Unauthenticated:
    return Unauthenticated("There is no session, or it has ended. Sign in again.")
