"""Tokens that are mailed: whoever presents one has read a letter to the address. Each counts once, and not for long."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select, update

from models import MailedToken, User
from models.base import now
from models.mailed_token import Purpose
from models.relations import table_of
from queries.reader import Reader
from services import secrets, session
from services.errors import Code, Problem, Refused
from services.letters import Letters
from services.mail import Mailer
from services.unit_of_work import UnitOfWork

HOURS = 48
MINUTES = 60
DAYS = 7
LIVES = {
    Purpose.VERIFY_EMAIL: datetime.timedelta(hours=HOURS),
    Purpose.RESET_PASSWORD: datetime.timedelta(minutes=MINUTES),
}
FIRST_PASSWORD = datetime.timedelta(days=DAYS)


@dataclass(frozen=True)
class Presented:
    """A mailed token that counts, and whom it was mailed to."""

    hash: str
    user_id: UUID


async def issue(work: UnitOfWork, user_id: UUID, purpose: Purpose, email: str) -> str:
    """A token to be mailed to this address. Those of the user's that have expired are deleted, and whatever else was to
    show an address: only the last one named is meant."""
    kept = table_of(MailedToken)
    stale = kept.c.expires_at <= now()
    if purpose is Purpose.VERIFY_EMAIL:
        stale |= kept.c.purpose == purpose
    await work.rows(delete(kept).where(kept.c.user_id == user_id, stale).returning(kept.c.hash))
    token = secrets.make(secrets.MAILED)
    end = now() + LIVES[purpose]
    row = MailedToken(hash=secrets.hashed(token), purpose=purpose, user_id=user_id, email=email, expires_at=end)
    await work.add(row)
    return token


async def issue_first(work: UnitOfWork, users: Sequence[User]) -> list[str]:
    """Tokens with which new users, in their order, set their first password; one statement writes them all."""
    tokens = [secrets.make(secrets.MAILED) for _ in users]
    end = now() + FIRST_PASSWORD
    rows = [
        MailedToken(
            hash=secrets.hashed(token),
            purpose=Purpose.RESET_PASSWORD,
            user_id=user.id,
            email=user.email,
            expires_at=end,
        )
        for token, user in zip(tokens, users, strict=True)
    ]
    await work.add(*rows)
    return tokens


async def present(reader: Reader, token: str, purpose: Purpose) -> Presented:
    """What is known of a token that counts; Refused for any other."""
    hash, kept = secrets.hashed(token), table_of(MailedToken)
    counts = (kept.c.hash == hash, kept.c.purpose == purpose, kept.c.used_at.is_(None), kept.c.expires_at > now())
    found = await reader.row(select(kept.c.user_id).where(*counts)) if len(token) <= secrets.LONGEST else None
    await reader.release()
    if found is None:
        raise does_not_count()
    return Presented(hash, found.user_id)


async def use(work: UnitOfWork, presented: Presented) -> str:
    """Use it up, and answer the address it was mailed to; Refused when somebody was faster."""
    kept = table_of(MailedToken)
    counts = (kept.c.hash == presented.hash, kept.c.used_at.is_(None), kept.c.expires_at > now())
    used = await work.rows(update(kept).where(*counts).values(used_at=now()).returning(kept.c.email))
    if not used or work.actor.user_id != presented.user_id:
        raise does_not_count()
    return str(used[0].email)


async def forget(work: UnitOfWork, user_id: UUID) -> None:
    """Whatever was mailed to a user ceases to count: who knew the password before may have asked for it."""
    kept = table_of(MailedToken)
    await work.rows(delete(kept).where(kept.c.user_id == user_id).returning(kept.c.hash))


async def verify(work: UnitOfWork, presented: Presented, mailer: Mailer, letters: Letters) -> User:
    """The actor, with the address that the token was mailed to, shown to be theirs. If it is another than before, the
    one before is told."""
    email = await use(work, presented)
    user: User = await work.get(User, presented.user_id, "input", "token")
    before, user.email, user.email_verified_at = user.email, email, now()
    await work.flush()
    if before != email:
        await forget(work, user.id)
        work.after_commit.append(lambda: mailer.send(letters.address_changed(before, user.full_name, email)))
    return user


async def ask_to_verify(work: UnitOfWork, user: User, email: str, mailer: Mailer, letters: Letters) -> None:
    """Mail a token that shows that this address is the user's."""
    token = await issue(work, user.id, Purpose.VERIFY_EMAIL, email)
    letter = letters.verify_email(email, user.full_name, token, HOURS)
    work.after_commit.append(lambda: mailer.send(letter))


async def mail_reset(work: UnitOfWork, email: str, mailer: Mailer, letters: Letters) -> None:
    """Mail somebody with this address, if there is one who may sign in, a token that sets a new password."""
    user = table_of(User)
    found = await work.rows(select(user.c.id, user.c.full_name).where(user.c.email == email, user.c.is_active))
    if found:
        token = await issue(work, found[0].id, Purpose.RESET_PASSWORD, email)
        letter = letters.reset_password(email, found[0].full_name, token, MINUTES)
        work.after_commit.append(lambda: mailer.send(letter))


async def reset(work: UnitOfWork, presented: Presented, password_hash: str) -> User:
    """The actor with a new password, signed in nowhere any more. Whoever reads their letters has shown that the address
    is theirs."""
    email = await use(work, presented)
    user: User = await work.get(User, presented.user_id, "input", "token")
    if user.email != email:
        raise does_not_count()
    user.password_hash = password_hash
    user.email_verified_at = user.email_verified_at or now()
    await work.flush()
    await session.end_sessions(work)
    await forget(work, user.id)
    return user


def does_not_count() -> Refused:
    """What is said of any mailed token that does not count."""
    message = "This link is not right, or it was used already, or it has expired. Ask for another letter."
    return Refused(Problem(Code.INVALID, ("input", "token"), message))
