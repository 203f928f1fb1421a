"""Sessions: how they begin, and how they end."""

import datetime
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from models import RefreshToken, Session, User
from models.base import now
from models.relations import table_of
from queries.reader import Reader
from queries.scope import visible
from services import secrets
from services.errors import Code, Problem, Refused
from services.passwords import Passwords
from services.tokens import Tokens
from services.unit_of_work import UnitOfWork
from services.validation import plain_address


@dataclass(frozen=True)
class Device:
    """What signs in: where it is, and what program it says that it is."""

    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """What somebody gets who signs in, or stays signed in."""

    access_token: str
    refresh_token: str | None
    session_id: UUID
    expires_at: datetime.datetime
    user: Any

    def without_refresh_token(self) -> "SignedIn":
        """The same for somebody who gets it otherwise."""
        return replace(self, refresh_token=None)

    @property
    def seconds_left(self) -> int:
        """How long the session can be refreshed."""
        return max(0, int((self.expires_at - now()).total_seconds()))


async def recognize(reader: Reader, passwords: Passwords, email: str, password: str) -> UUID:
    """Whose credentials these are. A wrong password takes as long and answers as an unknown address does. It is checked
    before a unit of work is begun: hashing takes time, and nobody should wait for a connection or a lock meanwhile."""
    user = table_of(User)
    found = await reader.row(select(user).where(user.c.email == plain_address(email)))
    await reader.release()
    right = await passwords.verify(password, found.password_hash if found else None)
    if not found or not right or not found.is_active:
        raise wrong_credentials("input")
    user_id: UUID = found.id
    return user_id


async def confirm(reader: Reader, passwords: Passwords, user_id: UUID, password: str) -> None:
    """Refused unless it is the password of somebody who is signed in."""
    user = table_of(User)
    found = await reader.row(select(user.c.password_hash).where(visible(user), user.c.id == user_id))
    await reader.release()
    if not await passwords.verify(password, found.password_hash if found else None):
        raise wrong_credentials("input", "current_password")


async def sign_in(work: UnitOfWork, tokens: Tokens, device: Device, days: int) -> SignedIn:
    """A session for the actor, who was recognized, and the time it began noted; that is no change to the user."""
    user = table_of(User)
    noted = update(user).where(visible(user), user.c.id == work.actor.user_id).values(last_login=now())
    signed_in = await work.rows(noted.returning(*user.c))
    if not signed_in:
        raise wrong_credentials("input")
    await forget_ended(work)
    return await begin(work, tokens, signed_in[0], device, days)


async def begin(work: UnitOfWork, tokens: Tokens, user: Any, device: Device, days: int) -> SignedIn:
    """A new session of this user's, and the first token to refresh it with."""
    end = now() + datetime.timedelta(days=days)
    session = Session(user_id=user.id, expires_at=end, user_agent=device.user_agent, address=device.address)
    await work.add(session)
    refresh_token = await next_refresh_token(work, session.id)
    return SignedIn(tokens.issue(user.id, session.id), refresh_token, session.id, end, user)


async def next_refresh_token(work: UnitOfWork, session_id: UUID) -> str:
    """A new refresh token of a session."""
    token = secrets.make(secrets.REFRESH)
    await work.add(RefreshToken(hash=secrets.hashed(token), session_id=session_id))
    return token


async def end_session(work: UnitOfWork, id: UUID, *field: str) -> Session:
    """End one of the actor's sessions."""
    session: Session = await work.get(Session, id, *field)
    session.revoked_at = now()
    await work.flush()
    return session


async def end_if_living(work: UnitOfWork, id: UUID) -> None:
    """End one of the actor's sessions, should it not have ended already."""
    session: Session | None = await work.find(Session, id)
    if session is not None:
        session.revoked_at = now()


async def end_sessions(work: UnitOfWork, but: UUID | None = None) -> None:
    """End all of the actor's sessions, but for this one."""
    session = table_of(Session)
    which = session.c.user_id == work.actor.user_id
    if but is not None:
        which &= session.c.id != but
    await work.change_all(Session, which, {"revoked_at": None}, revoked_at=now())


async def forget_ended(work: UnitOfWork) -> None:
    """Delete the actor's sessions that have ended: they are of no use to anybody, and would pile up."""
    session, token = table_of(Session), table_of(RefreshToken)
    ended = (session.c.user_id == work.actor.user_id) & (
        session.c.revoked_at.is_not(None) | (session.c.expires_at <= now())
    )
    which = select(session.c.id).where(ended)
    await work.rows(delete(token).where(token.c.session_id.in_(which)).returning(token.c.hash))
    await work.rows(delete(session).where(ended).returning(session.c.id))


def wrong_credentials(*field: str) -> Refused:
    """What is said of any credentials that are not right."""
    what = "The password" if field[-1] == "current_password" else "E-mail address or password"
    return Refused(Problem(Code.BAD_CREDENTIALS, field, f"{what} is wrong."))
