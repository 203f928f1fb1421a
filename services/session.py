"""Signing in."""

from dataclasses import dataclass
from typing import Any

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


async def login(
    work: UnitOfWork, reader: Reader, passwords: Passwords, tokens: Tokens, email: str, password: str
) -> Session:
    """Check the credentials, then note the time. The password is checked before anything is locked, and a wrong one
    takes as long and answers as an unknown address does."""
    user = table_of(User)
    found = await reader.row(select(user).where(user.c.email == email.strip().lower()))
    await reader.release()
    right = await passwords.verify(password, found.password_hash if found else None)
    if not found or not right or not found.is_active:
        raise Refused(Problem(Code.BAD_CREDENTIALS, ("input",), "E-mail address or password is wrong."))
    noted = update(user).where(user.c.id == found.id).values(last_login=now()).returning(*user.c)
    (signed_in,) = await work.rows(noted)
    return Session(tokens.issue(found.id), signed_in)
