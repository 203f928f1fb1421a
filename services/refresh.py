"""Refresh tokens: each is exchanged once for the next. One that comes back is in two hands, so both are shut out.

Two tabs of one browser may well refresh at the same moment. Exactly one of them wins. The other is told CONFLICT and
gets nothing, and the session goes on with what the winner was given; only what comes back later than that is theft.
"""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from models import RefreshToken, Session, User
from models.base import now
from models.relations import table_of
from queries.reader import Reader
from queries.scope import visible
from services import secrets, session
from services.errors import Code, Problem, Refused, Unauthenticated
from services.session import SignedIn
from services.tokens import Tokens
from services.unit_of_work import UnitOfWork

GRACE = datetime.timedelta(seconds=10)


@dataclass(frozen=True)
class Presented:
    """A refresh token that is one of ours, and whose."""

    hash: str
    session_id: UUID
    user_id: UUID


async def present(reader: Reader, token: str | None) -> Presented | None:
    """What is known of a token; None of one that was never ours, or whose session is forgotten."""
    if token is None or len(token) > secrets.LONGEST:
        return None
    hash, kept, of = secrets.hashed(token), table_of(RefreshToken), table_of(Session)
    whose = select(of.c.id, of.c.user_id).join(kept, of.c.id == kept.c.session_id)
    found = await reader.row(whose.where(kept.c.hash == hash))
    await reader.release()
    return Presented(hash, found.id, found.user_id) if found else None


async def exchange(work: UnitOfWork, tokens: Tokens, presented: Presented) -> SignedIn | None:
    """The next tokens, for the actor, whose session it is. None when it came back after its use, and the session was
    therefore ended: that must be kept, so it is no exception."""
    kept = table_of(RefreshToken)
    mine = update(kept).where(kept.c.hash == presented.hash, kept.c.used_at.is_(None)).values(used_at=now())
    if not await work.rows(mine.returning(kept.c.hash)):
        await _came_back(work, presented)
        return None
    living = await _used(work, presented.session_id)
    refresh_token = await session.next_refresh_token(work, living.id)
    access_token = tokens.issue(presented.user_id, living.id)
    user = await work.find(User, presented.user_id)
    return SignedIn(access_token, refresh_token, living.id, living.expires_at, user)


async def _used(work: UnitOfWork, session_id: UUID) -> Any:
    of = table_of(Session)
    living = (visible(of), of.c.id == session_id, of.c.expires_at > now())
    rows = await work.rows(update(of).where(*living).values(last_used_at=now()).returning(of.c.id, of.c.expires_at))
    if not rows:
        raise ended()
    return rows[0]


async def _came_back(work: UnitOfWork, presented: Presented) -> None:
    kept = table_of(RefreshToken)
    (row,) = await work.rows(select(kept.c.used_at).where(kept.c.hash == presented.hash))
    if now() - row.used_at < GRACE:
        message = "The session was refreshed just now by somebody else, such as another tab: use what that was given."
        raise Refused(Problem(Code.CONFLICT, ("input", "refresh_token"), message))
    found = await work.find(Session, presented.session_id)
    if found is not None:
        found.revoked_at = now()


def ended() -> Unauthenticated:
    """What is said of any refresh token that does not count."""
    return Unauthenticated("The session has ended: sign in again.")
