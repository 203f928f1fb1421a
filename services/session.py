"""Signing in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from models import User
from models.base import now
from models.relations import table_of
from queries.reader import Reader
from services.errors import Code, Problem, Refused
from services.passwords import Passwords
from services.tokens import Tokens
from services.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Session:
    """What somebody gets who signs in."""

    access_token: str
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


async def sign_in(work: UnitOfWork, tokens: Tokens, user_id: UUID) -> Session:
    """A session for somebody who was recognized, and the time it began noted."""
    user = table_of(User)
    noted = update(user).where(user.c.id == user_id, user.c.is_active).values(last_login=now()).returning(*user.c)
    signed_in = await work.rows(noted)
    if not signed_in:
        raise _wrong()
    return Session(tokens.issue(user_id), signed_in[0])


def _wrong() -> Refused:
    return Refused(Problem(Code.BAD_CREDENTIALS, ("input",), "E-mail address or password is wrong."))
