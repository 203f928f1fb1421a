"""A user's own account: profile, email address and password."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from database.reader import Reader
from models import User
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.scope import visible
from services.core import records
from services.core.email import Mailer
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values, validate
from services.people import email_tokens, session
from services.people.email_templates import EmailTemplates
from services.people.login import confirm_password
from services.people.membership_locks import lock_own_user
from services.people.passwords import AdmittedClient
from services.people.rate_limit import EMAIL_TO_ACCOUNT, RateLimiter
from services.people.sign_in_events import record_sign_in_event

Admit = Callable[[], AbstractContextManager[AdmittedClient]]
"""Admits the client to the queue for hashing."""


@dataclass(frozen=True)
class ProfileChanges:
    """Validated changes of a profile. Another email address requires the password, and takes effect when verified."""

    values: dict[str, Any]
    email: str | None
    password: str


def validate_changes(values: dict[str, Any]) -> ProfileChanges:
    """Validate changes of a profile. An email address without the password is rejected."""
    password = values.pop("current_password", None) or ""
    clean, problems = check_values(User, values, "input")
    email = clean.pop("email", None)
    if email is not None and not password:
        message = "Enter your password to change your email address."
        problems.append(Problem(Code.REQUIRED, ("input", "current_password"), message))
    if problems:
        raise Rejected(*problems)
    return ProfileChanges(clean, email, password)


def validate_email(email: str) -> str:
    """Return an email address as it is stored."""
    return str(validate(User, {"email": email}, "input")["email"])


async def confirm_email_change(
    limiter: RateLimiter, reader: Reader, admit: Admit, user_id: UUID, changes: ProfileChanges
) -> None:
    """If there is an address, reject a wrong password. If it differs from the current one, limit the number of emails
    for the account and to the new address, which may be that of another person."""
    if changes.email is not None:
        with admit() as admitted:
            await confirm_password(limiter, reader, admitted, user_id, changes.password)
        if changes.email != await _load_email(reader, user_id):
            attempts = map(EMAIL_TO_ACCOUNT.attempt_by, (str(user_id), changes.email))
            await limiter.consume_rate_limit(*attempts)


async def _load_email(reader: Reader, user_id: UUID) -> str | None:
    user = table_of(User)
    row = await reader.row(select(user.c.email).where(visible(user), user.c.id == user_id))
    await reader.release()
    return None if row is None else str(row.email)


async def update(
    work: UnitOfWork, changes: ProfileChanges, expected_version: int | None, mailer: Mailer, templates: EmailTemplates
) -> User:
    """Change the principal's profile. If the email address is to change, send a verification link to the new one."""
    user = await lock_own_user(work)
    records.check_version(user, expected_version)
    for name, value in changes.values.items():
        setattr(user, name, value)
    await work.flush()
    if changes.email not in (None, user.email):
        await email_tokens.send_verification(work, user, changes.email, mailer, templates)
    return user


async def request_email_verification(work: UnitOfWork, mailer: Mailer, templates: EmailTemplates) -> bool:
    """Send a link that verifies the principal's address. Return False if the address is verified already."""
    user = await lock_own_user(work)
    if user.email_verified_at is not None:
        return False
    await email_tokens.send_verification(work, user, user.email, mailer, templates)
    return True


async def change_password(work: UnitOfWork, password_hash: str, mailer: Mailer, templates: EmailTemplates) -> User:
    """Change the principal's password, end all other sessions, delete all email tokens, and notify the user."""
    user = await lock_own_user(work)
    user.password_hash = password_hash
    await work.flush()
    await session.end_sessions(work, except_id=work.principal.session_id)
    await email_tokens.delete_email_tokens(work, user.id)
    await record_sign_in_event(work, SignInEventKind.PASSWORD_CHANGED)
    work.after_commit.append(lambda: mailer.send(templates.password_changed(user.email, user.full_name)))
    return user
