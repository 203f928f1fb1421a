"""Tokens in links of emails: they prove that the user reads the address. Each can be used once, for a limited time."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from database.reader import Reader
from models import EmailToken, User
from models.base import utc_now
from models.email_token import Purpose
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from services.core.email import Mailer
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.people import secrets, session
from services.people.email_templates import EmailTemplates
from services.people.membership_locks import lock_own_user
from services.people.oidc.links import delete_links, list_linked_issuers
from services.people.passkeys.passkey import delete_passkeys, list_names
from services.people.sign_in_events import record_sign_in_event

MAX_DELETED_ROWS = 1000
VERIFICATION_HOURS = 48
RESET_MINUTES = 60
FIRST_PASSWORD_DAYS = 7
LIFETIMES = {
    Purpose.VERIFY_EMAIL: datetime.timedelta(hours=VERIFICATION_HOURS),
    Purpose.RESET_PASSWORD: datetime.timedelta(minutes=RESET_MINUTES),
}
FIRST_PASSWORD_LIFETIME = datetime.timedelta(days=FIRST_PASSWORD_DAYS)


@dataclass(frozen=True)
class PresentedEmailToken:
    """A valid token that sets a new password, and its user."""

    hash: str
    user_id: UUID


async def issue_token(work: UnitOfWork, user_id: UUID, purpose: Purpose, email: str) -> str:
    """Issue a token to be sent to this address. Deletes the user's expired tokens and, when it is to verify an address,
    all others that do: only the address entered last can be verified."""
    token = table_of(EmailToken)
    obsolete = token.c.expires_at <= utc_now()
    if purpose is Purpose.VERIFY_EMAIL:
        obsolete |= token.c.purpose == purpose
    await work.rows(delete(token).where(token.c.user_id == user_id, obsolete).returning(token.c.hash))
    secret = secrets.generate(secrets.EMAIL_TOKEN_PREFIX)
    await work.add(
        EmailToken(
            hash=secrets.hash_secret(secret),
            purpose=purpose,
            user_id=user_id,
            email=email,
            expires_at=utc_now() + LIFETIMES[purpose],
        )
    )
    return secret


async def issue_first_password_tokens(work: UnitOfWork, users: Sequence[User]) -> list[str]:
    """Issue a token for each new user to set the first password; one statement inserts them all."""
    issued = [secrets.generate(secrets.EMAIL_TOKEN_PREFIX) for _ in users]
    expires_at = utc_now() + FIRST_PASSWORD_LIFETIME
    rows = [
        EmailToken(
            hash=secrets.hash_secret(secret),
            purpose=Purpose.RESET_PASSWORD,
            user_id=user.id,
            email=user.email,
            expires_at=expires_at,
        )
        for secret, user in zip(issued, users, strict=True)
    ]
    await work.add(*rows)
    return issued


async def load_presented(reader: Reader, secret: str) -> PresentedEmailToken:
    """Load a token that sets a new password. Rejected unless it is valid."""
    hash, token = secrets.hash_secret(secret), table_of(EmailToken)
    valid = _is_valid(hash, Purpose.RESET_PASSWORD)
    row = await reader.row(select(token.c.user_id).where(*valid)) if len(secret) <= secrets.MAX_LENGTH else None
    await reader.release()
    if row is None:
        raise _invalid_token()
    return PresentedEmailToken(hash, row.user_id)


async def _redeem_token(work: UnitOfWork, hash: str, purpose: Purpose) -> str | None:
    """Mark a token of the principal as used and return the address it was sent to. None if there is no such token, if
    it was used concurrently, or if the principal is not active."""
    token = table_of(EmailToken)
    valid = (*_is_valid(hash, purpose), token.c.user_id == work.principal.user_id)
    rows = await work.rows(update(token).where(*valid).values(used_at=utc_now()).returning(token.c.email))
    return str(rows[0].email) if rows else None


def _is_valid(hash: str, purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    token = table_of(EmailToken)
    is_presented = (token.c.hash == hash, token.c.purpose == purpose)
    return (*is_presented, token.c.used_at.is_(None), token.c.expires_at > utc_now())


async def delete_email_tokens(work: UnitOfWork, user_id: UUID) -> None:
    """Delete all tokens of a user: someone who knew the previous password may have requested them."""
    token = table_of(EmailToken)
    await work.rows(delete(token).where(token.c.user_id == user_id).returning(token.c.hash))


async def delete_expired(work: UnitOfWork) -> int:
    """Delete some expired tokens of any user. Return their number."""
    token = table_of(EmailToken)
    expired = select(token.c.hash).where(token.c.expires_at <= utc_now()).limit(MAX_DELETED_ROWS)
    unlocked = token.c.hash.in_(expired.with_for_update(skip_locked=True))
    return len(await work.rows(delete(token).where(unlocked).returning(token.c.hash)))


async def verify_email(work: UnitOfWork, secret: str, mailer: Mailer, templates: EmailTemplates) -> User:
    """Set the principal's address to the one that the token was sent to, and mark it as verified. If it differs from
    the previous address, notify that one.

    The token alone verifies nothing: someone who has registered with the address of another person waits for that
    person to open the link. Only with a session as well does it prove that the user of the account reads the address.
    """
    hash = secrets.hash_secret(secret)
    email = await _redeem_token(work, hash, Purpose.VERIFY_EMAIL)
    if email is None:
        raise await _find_reason(work, hash)
    user = await lock_own_user(work)
    previous, user.email, user.email_verified_at = user.email, email, utc_now()
    await work.flush()
    if previous != email:
        await delete_email_tokens(work, user.id)
        work.after_commit.append(lambda: mailer.send(templates.address_changed(previous, user.full_name, email)))
    return user


async def _find_reason(work: UnitOfWork, hash: str) -> Rejected:
    """Return why a token does not verify an address of the principal."""
    token = table_of(EmailToken)
    if not await work.rows(select(token.c.user_id).where(*_is_valid(hash, Purpose.VERIFY_EMAIL))):
        return _invalid_token()
    message = (
        "This link is for another account. Sign in with that account, and open the link again. If the account is not "
        "yours, someone else has entered your address: ignore the email."
    )
    return Rejected(Problem(Code.INVALID, ("input", "token"), message))


async def send_verification(
    work: UnitOfWork, user: User, email: str, mailer: Mailer, templates: EmailTemplates
) -> None:
    """Send a link to this address that verifies it as the user's."""
    token = await issue_token(work, user.id, Purpose.VERIFY_EMAIL, email)
    message = templates.verify_email(email, user.full_name, token, VERIFICATION_HOURS)
    work.after_commit.append(lambda: mailer.send(message))


async def send_password_reset(work: UnitOfWork, email: str, mailer: Mailer, templates: EmailTemplates) -> None:
    """Send a link that sets a new password to the active user with this address, if there is one."""
    user = table_of(User)
    rows = await work.rows(select(user.c.id, user.c.full_name).where(user.c.email == email, user.c.is_active))
    if rows:
        token = await issue_token(work, rows[0].id, Purpose.RESET_PASSWORD, email)
        message = templates.reset_password(email, rows[0].full_name, token, RESET_MINUTES)
        work.after_commit.append(lambda: mailer.send(message))


async def reset_password(
    work: UnitOfWork, presented: PresentedEmailToken, password_hash: str, mailer: Mailer, templates: EmailTemplates
) -> User:
    """Set the principal's password, end all sessions, and mark the address as verified, since the user reads it.

    Links to issuers and passkeys are deleted, and an email names them: someone else may have added them, before the
    person who reads this address confirmed it. A second factor remains: only users with a verified address enable one.
    """
    email = await _redeem_token(work, presented.hash, Purpose.RESET_PASSWORD)
    if email is None:
        raise _invalid_token()
    user: User = await work.get_for_update(User, presented.user_id, "input", "token")
    if user.email != email:
        raise _invalid_token()
    user.password_hash = password_hash
    user.email_verified_at = user.email_verified_at or utc_now()
    await work.flush()
    issuers, passkeys = await list_linked_issuers(work), await list_names(work)
    if issuers or passkeys:
        await delete_links(work)
        await delete_passkeys(work)
        work.after_commit.append(
            lambda: mailer.send(templates.password_reset(email, user.full_name, issuers, passkeys))
        )
    await session.end_sessions(work)
    await delete_email_tokens(work, user.id)
    await record_sign_in_event(work, SignInEventKind.PASSWORD_RESET)
    return user


def _invalid_token() -> Rejected:
    message = "This link is invalid, has already been used, or has expired. Request a new email."
    return Rejected(Problem(Code.INVALID, ("input", "token"), message))
