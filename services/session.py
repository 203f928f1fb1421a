"""Sessions: signing in, staying signed in, signing out."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from models import RefreshToken, Session, User
from models.base import now
from models.relations import table_of
from queries.reader import Reader
from services import secrets
from services.errors import Code, Problem, Refused
from services.passwords import Passwords
from services.tokens import Tokens
from services.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Device:
    """What signs in: where it is, and what program it says that it is."""

    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """What somebody gets who signs in, or stays signed in."""

    access_token: str
    refresh_token: str
    session_id: UUID
    user: Any


async def recognize(reader: Reader, passwords: Passwords, email: str, password: str) -> UUID:
    """Whose credentials these are. A wrong password takes as long and answers as an unknown address does. It is checked
    before a unit of work is begun: hashing takes time, and nobody should wait for a connection or a lock meanwhile."""
    user = table_of(User)
    found = await reader.row(select(user).where(user.c.email == email.strip().lower()))
    await reader.release()
    right = await passwords.verify(password, found.password_hash if found else None)
    if not found or not right or not found.is_active:
        raise _wrong()
    user_id: UUID = found.id
    return user_id


async def sign_in(work: UnitOfWork, tokens: Tokens, user_id: UUID, device: Device, days: int) -> SignedIn:
    """A session for somebody who was recognized, and the time it began noted."""
    user = table_of(User)
    noted = update(user).where(user.c.id == user_id, user.c.is_active).values(last_login=now()).returning(*user.c)
    signed_in = await work.rows(noted)
    if not signed_in:
        raise _wrong()
    await _forget_ended(work, user_id)
    session, refresh_token = await begin(work, user_id, device, days)
    return SignedIn(tokens.issue(user_id, session.id), refresh_token, session.id, signed_in[0])


async def begin(work: UnitOfWork, user_id: UUID, device: Device, days: int) -> tuple[Session, str]:
    """A new session, and the first token to refresh it with."""
    end = now() + datetime.timedelta(days=days)
    session = Session(user_id=user_id, expires_at=end, user_agent=device.user_agent, address=device.address)
    await work.add(session)
    token = secrets.make(secrets.REFRESH)
    await work.add(RefreshToken(hash=secrets.hashed(token), session_id=session.id))
    return session, token


async def _forget_ended(work: UnitOfWork, user_id: UUID) -> None:
    """What has ended is of no use to anybody, and would pile up."""
    session, token = table_of(Session), table_of(RefreshToken)
    ended = (session.c.user_id == user_id) & (session.c.revoked_at.is_not(None) | (session.c.expires_at <= now()))
    which = select(session.c.id).where(ended)
    await work.rows(delete(token).where(token.c.session_id.in_(which)).returning(token.c.hash))
    await work.rows(delete(session).where(ended).returning(session.c.id))


def _wrong() -> Refused:
    return Refused(Problem(Code.BAD_CREDENTIALS, ("input",), "E-mail address or password is wrong."))
