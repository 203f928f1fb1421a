"""The second factor: enrolment, and codes, each of which works once.

The row of the factor is locked before a code is checked, so that of concurrent uses of one code only one succeeds.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update

from models import RecoveryCode, SecondFactor, User
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.scope import visible
from services.core.email import Mailer
from services.core.errors import Code, Problem, Rejected
from services.core.secret_cipher import SecretCipher, SecretUnreadable
from services.core.unit_of_work import UnitOfWork
from services.core.validation import normalize_email
from services.core.verified_email import require_verified_email
from services.people import totp
from services.people.email_templates import EmailTemplates
from services.people.membership_locks import lock_own_user
from services.people.rate_limit import RECOVERY_CODE, SECOND_FACTOR, Attempt
from services.people.session import require_recent_sign_in
from services.people.sign_in_events import EventSubject, record_sign_in_event

logger = logging.getLogger("allotment.people")

CODE_PATH = ("input", "code")
Notify = Callable[[User, bool], Awaitable[None]]
"""Sends an email that a second factor was enabled or disabled."""


def notifier(mailer: Mailer, templates: EmailTemplates) -> Notify:
    """Return what sends the emails about second factors."""

    async def notify(user: User, is_enabled: bool) -> None:  # noqa: FBT001
        build = templates.second_factor_enabled if is_enabled else templates.second_factor_disabled
        await mailer.send(build(user.email, user.full_name))

    return notify


@cache
def select_status() -> Select[Any]:
    """Select the number of unused recovery codes of the principal; no row unless the second factor is enabled."""
    factor, code = table_of(SecondFactor), table_of(RecoveryCode)
    codes = select(func.count(code.c.hash)).where(visible(code)).scalar_subquery()
    return select(codes.label("recovery_codes")).where(visible(factor), factor.c.secret.is_not(None))


class WrongCode(Rejected):
    """The code is neither a valid one of the user's app nor an unused recovery code."""

    def __init__(self) -> None:
        message = "The code is wrong, was used already, or has expired. Enter the one that your app shows now."
        super().__init__(Problem(Code.BAD_CODE, CODE_PATH, message))


@dataclass(frozen=True)
class PresentedCode:
    """The code in a request, if there is one, and what reads the secret that it is compared with."""

    cipher: SecretCipher
    value: str | None

    def attempt_by(self, user_id: UUID) -> Attempt:
        """Return the attempt that it is. Recovery codes have a limit of their own: an attacker who knows a password and
        guesses codes does not lock out the user, who has them."""
        is_recovery = totp.is_recovery_code(totp.normalize_code(self.value or ""))
        return (RECOVERY_CODE if is_recovery else SECOND_FACTOR).attempt_by(str(user_id))


@dataclass(frozen=True)
class NewSecondFactor:
    """A secret that no code has confirmed yet, and the URI with which apps store it."""

    secret: str
    uri: str


@dataclass(frozen=True)
class NewRecoveryCodes:
    """New recovery codes, of which only hashes are stored, and their user."""

    codes: Sequence[str]
    user: User


async def start_two_factor(work: UnitOfWork, code: PresentedCode, site: str) -> NewSecondFactor:
    """Create a secret for the principal, which has no effect before it is confirmed. If the second factor is enabled
    already, with another app, the code of that one is required. Rejected if the principal has not verified the email
    address."""
    user, table = await lock_own_user(work), table_of(SecondFactor)
    require_verified_email(user, "enable the second factor")
    if user.password_hash is None:
        await require_recent_sign_in(work, "Sign in again, and start within ten minutes.")
    await pass_second_factor(work, user.id, code)
    secret = totp.generate_secret()
    encrypted = code.cipher.encrypt(secret, user.id)
    replace = update(table).where(visible(table), table.c.user_id == user.id).values(new_secret=encrypted)
    if not await work.rows(replace.returning(table.c.user_id)):
        await work.add(SecondFactor(user_id=user.id, new_secret=encrypted))
    return NewSecondFactor(secret, totp.build_uri(secret, user.email, site))


async def confirm_two_factor(work: UnitOfWork, code: PresentedCode, notify: Notify) -> NewRecoveryCodes:
    """Enable the principal's new secret with the first code of the app. Return new recovery codes."""
    user, table = await lock_own_user(work), table_of(SecondFactor)
    require_verified_email(user, "enable the second factor")
    is_started = (visible(table), table.c.user_id == user.id, table.c.new_secret.is_not(None))
    rows = await work.rows(select(table).where(*is_started).with_for_update())
    if not rows:
        raise Rejected(Problem(Code.WRONG_STATUS, (), "There is no new secret to confirm. Start with startTwoFactor."))
    new = rows[0].new_secret
    if not await _use_step(work, user.id, (new, 0), code, {"secret": new, "new_secret": None}):
        raise WrongCode
    await record_sign_in_event(work, SignInEventKind.SECOND_FACTOR_ENABLED)
    work.after_commit.append(lambda: notify(user, True))
    return NewRecoveryCodes(await _replace_recovery_codes(work, user.id), user)


async def disable_two_factor(work: UnitOfWork, code: PresentedCode, notify: Notify) -> User:
    """Disable the principal's second factor with a code or a recovery code."""
    user, table = await lock_own_user(work), table_of(SecondFactor)
    await _require_code(work, user.id, code)
    await delete_recovery_codes(work, user.id)
    await work.rows(delete(table).where(visible(table), table.c.user_id == user.id).returning(table.c.user_id))
    await record_sign_in_event(work, SignInEventKind.SECOND_FACTOR_DISABLED)
    work.after_commit.append(lambda: notify(user, False))
    return user


async def reset_second_factor(work: UnitOfWork, email: str) -> bool:
    """Disable the second factor of a user who has lost it, on behalf of the operator. Return whether it was enabled."""
    user, table = table_of(User), table_of(SecondFactor)
    ids = select(user.c.id).where(user.c.email == normalize_email(email))
    removed = await work.rows(delete(table).where(table.c.user_id.in_(ids)).returning(table.c.user_id, table.c.secret))
    codes = table_of(RecoveryCode)
    await work.rows(delete(codes).where(codes.c.user_id.in_(ids)).returning(codes.c.hash))
    if not removed or removed[0].secret is None:
        return False
    await record_sign_in_event(work, SignInEventKind.SECOND_FACTOR_DISABLED, EventSubject(removed[0].user_id))
    return True


async def regenerate_recovery_codes(work: UnitOfWork, code: PresentedCode) -> NewRecoveryCodes:
    """Replace the principal's recovery codes."""
    user = await lock_own_user(work)
    await _require_code(work, user.id, code)
    return NewRecoveryCodes(await _replace_recovery_codes(work, user.id), user)


async def pass_second_factor(work: UnitOfWork, user_id: UUID, code: PresentedCode) -> bool:
    """Use the code if the second factor of the user is enabled, and return whether it is. Rejected if the code is
    missing or wrong."""
    factor = await _load_enabled(work, user_id)
    if factor is None:
        return False
    if not code.value:
        message = "Enter the code of your authenticator app, or a recovery code (`code`)."
        raise Rejected(Problem(Code.SECOND_FACTOR_REQUIRED, CODE_PATH, message))
    await _use_code(work, factor, code)
    return True


async def delete_recovery_codes(work: UnitOfWork, user_id: UUID) -> None:
    """Delete the recovery codes of a user."""
    table = table_of(RecoveryCode)
    await work.rows(delete(table).where(visible(table), table.c.user_id == user_id).returning(table.c.hash))


async def _load_enabled(work: UnitOfWork, user_id: UUID) -> Any:
    """Lock and return the row of a second factor that is enabled; None if there is none."""
    table = table_of(SecondFactor)
    is_enabled = (table.c.user_id == user_id, table.c.secret.is_not(None))
    rows = await work.rows(select(table).where(*is_enabled).with_for_update())
    return rows[0] if rows else None


async def _require_code(work: UnitOfWork, user_id: UUID, code: PresentedCode) -> None:
    factor = await _load_enabled(work, user_id)
    if factor is None:
        message = "The second factor is not enabled. Enable it with startTwoFactor and confirmTwoFactor."
        raise Rejected(Problem(Code.WRONG_STATUS, (), message))
    await _use_code(work, factor, code)


async def _use_code(work: UnitOfWork, factor: Any, code: PresentedCode) -> None:
    if totp.is_recovery_code(totp.normalize_code(code.value or "")):
        await _use_recovery_code(work, factor.user_id, code.value or "")
    elif not await _use_step(work, factor.user_id, (factor.secret, factor.last_step), code, {}):
        raise WrongCode


async def _use_step(
    work: UnitOfWork, user_id: UUID, secret_and_step: tuple[str, int], code: PresentedCode, values: dict[str, Any]
) -> bool:
    """Return whether the code is that of a time step after the last one used, and store its step with these values."""
    stored, last_step = secret_and_step
    try:
        secret = code.cipher.decrypt(stored, user_id)
    except SecretUnreadable as error:
        logger.error("The second factor of the user %s cannot be verified: %s", user_id, error)  # noqa: TRY400
        return False
    step = totp.find_step(secret, totp.normalize_code(code.value or ""), last_step)
    if step is None:
        return False
    table = table_of(SecondFactor)
    use = update(table).where(table.c.user_id == user_id).values(last_step=step, **values)
    await work.rows(use.returning(table.c.user_id))
    return True


async def _use_recovery_code(work: UnitOfWork, user_id: UUID, code: str) -> None:
    table = table_of(RecoveryCode)
    is_code = (table.c.user_id == user_id, table.c.hash == totp.hash_recovery_code(user_id, code))
    if not await work.rows(delete(table).where(*is_code).returning(table.c.hash)):
        raise WrongCode
    await record_sign_in_event(work, SignInEventKind.RECOVERY_CODE_USED, EventSubject(user_id))


async def _replace_recovery_codes(work: UnitOfWork, user_id: UUID) -> list[str]:
    await delete_recovery_codes(work, user_id)
    codes = totp.generate_recovery_codes()
    await work.add(*(RecoveryCode(hash=totp.hash_recovery_code(user_id, code), user_id=user_id) for code in codes))
    return codes
