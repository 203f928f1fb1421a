"""What people do with their own account."""

from typing import Any

from models import User
from services import mailed, passwords, records, session
from services.errors import Code, Problem, Refused
from services.letters import Letters
from services.mail import Mailer
from services.unit_of_work import UnitOfWork
from services.validation import checked


def checked_newcomer(values: dict[str, Any], password: str) -> dict[str, Any]:
    """The values of a new user as they are kept; Refused with all that is wrong with them and the password."""
    wrong = passwords.problems(password, "input", "password", about=map(str, values.values()))
    try:
        clean = checked(User, values, "input")
    except Refused as refused:
        raise Refused(*refused.problems, *wrong) from None
    if wrong:
        raise Refused(*wrong)
    return clean


def checked_address(email: str) -> str:
    """An e-mail address as it is kept; Refused if it is none."""
    return str(checked(User, {"email": email}, "input")["email"])


async def register(work: UnitOfWork, values: dict[str, Any], password_hash: str) -> User:
    """A new user, whose values were checked. Somebody else's address is TAKEN."""
    user = User(**values, password_hash=password_hash)
    await work.add(user)
    return user


def checked_changes(values: dict[str, Any]) -> tuple[dict[str, Any], str | None, str]:
    """Changes to oneself as they are kept, another address apart from the others, and the password that it takes."""
    password = values.pop("current_password", None) or ""
    clean = checked(User, values, "input")
    email = clean.pop("email", None)
    if email is not None and not password:
        message = "Give your password as well: the address is what you sign in with."
        raise Refused(Problem(Code.REQUIRED, ("input", "current_password"), message))
    return clean, email, password


async def update(work: UnitOfWork, values: dict[str, Any], expected_version: int | None) -> User:
    """The actor, changed."""
    user = await _oneself(work)
    records.expect(user, expected_version)
    for name, value in values.items():
        setattr(user, name, value)
    await work.flush()
    return user


async def ask_to_verify(work: UnitOfWork, mailer: Mailer, letters: Letters) -> bool:
    """Mail the actor what shows that their address is theirs; False when that was shown already."""
    user = await _oneself(work)
    if user.email_verified_at is not None:
        return False
    await mailed.ask_to_verify(work, user, user.email, mailer, letters)
    return True


async def change_password(work: UnitOfWork, password_hash: str, mailer: Mailer, letters: Letters) -> User:
    """The actor with another password; whoever else is signed in as them is so no more. Whatever was mailed before
    ceases to count."""
    user = await _oneself(work)
    user.password_hash = password_hash
    await work.flush()
    await session.end_sessions(work, but=work.actor.session_id)
    await mailed.forget(work, user.id)
    work.after_commit.append(lambda: mailer.send(letters.password_changed(user.email, user.full_name)))
    return user


async def _oneself(work: UnitOfWork) -> User:
    assert work.actor.user_id is not None, "a person was required"  # noqa: S101
    user: User = await work.get(User, work.actor.user_id)
    return user
