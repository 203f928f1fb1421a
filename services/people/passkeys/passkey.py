"""The passkeys of a user: add, rename, remove."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true

from models import LinkedIssuer, Passkey, User
from models.passkey import ChallengePurpose
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.scope import visible
from services.core.email import Mailer
from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.core.verified_email import require_verified_email
from services.people.email_templates import EmailTemplates
from services.people.membership_locks import lock_own_user
from services.people.passkeys.answers import CREDENTIAL_PATH, Answer
from services.people.passkeys.challenges import issue_challenge
from services.people.passkeys.relying_party import RelyingParty
from services.people.sign_in_events import EventSubject, record_sign_in_event

MAX_PASSKEYS = 20
Notify = Callable[[User, str, bool], Awaitable[None]]
"""Sends an email that a passkey with this name was added or removed."""


def notifier(mailer: Mailer, templates: EmailTemplates) -> Notify:
    """Return what sends the emails about passkeys."""

    async def notify(user: User, name: str, is_added: bool) -> None:  # noqa: FBT001
        build = templates.passkey_added if is_added else templates.passkey_removed
        await mailer.send(build(user.email, user.full_name, name))

    return notify


def describe_passkey(name: str) -> str:
    """Return the detail of sign-in events about a passkey."""
    return f"passkey: {name}"


async def start_registration(work: UnitOfWork, party: RelyingParty) -> dict[str, Any]:
    """Issue a challenge to add a passkey to the principal, and return the options for the browser. Rejected if the
    principal has not verified the email address: someone who registered with the address of another person could
    otherwise still sign in after that person has set a new password."""
    from services.people.passkeys.verification import registration_options  # takes long

    user = await lock_own_user(work)
    require_verified_email(user, "add the passkey")
    existing = await _load_own(work)
    _require_room(existing)
    challenge = await issue_challenge(work, ChallengePurpose.REGISTER, user.id)
    return registration_options(party, user, challenge, existing)


async def start_confirmation(work: UnitOfWork, party: RelyingParty) -> dict[str, Any]:
    """Issue a challenge to confirm who the principal is, with one of their passkeys. Return the options."""
    from services.people.passkeys.verification import authentication_options  # takes long

    existing = await _load_own(work)
    if not existing:
        raise Rejected(Problem(Code.WRONG_STATUS, (), "You have no passkey. Add one with startPasskeyRegistration."))
    challenge = await issue_challenge(work, ChallengePurpose.CONFIRM, work.principal.user_id)
    return authentication_options(party, challenge, existing)


def check_name(name: str) -> str:
    """Return the name of a new passkey without surrounding spaces. Rejected if it is invalid."""
    clean, problems = check_values(Passkey, {"name": name}, "input")
    if problems:
        raise Rejected(*problems)
    return str(clean["name"])


async def add_passkey(work: UnitOfWork, party: RelyingParty, answer: Answer, name: str, notify: Notify) -> Passkey:
    """Add the passkey of an answer, whose challenge was used, to the principal. The name was checked."""
    from services.people.passkeys.verification import verify_new  # takes long

    user = await lock_own_user(work)
    require_verified_email(user, "add the passkey")
    _require_room(await _load_own(work))
    verified = verify_new(party, answer)
    await _require_new(work, verified.credential_id)
    passkey = Passkey(user_id=user.id, name=name, **asdict(verified))
    await work.add(passkey)
    await _record_change(work, user, passkey.name, notify, is_added=True)
    return passkey


async def delete_passkey(work: UnitOfWork, id: UUID, notify: Notify) -> UUID:
    """Delete one of the principal's passkeys. Rejected if nothing would be left to sign in with."""
    user, links = await lock_own_user(work), table_of(LinkedIssuer)
    passkey: Passkey = await work.get_for_update(Passkey, id, "id")
    if user.password_hash is None and len(await _load_own(work)) == 1:
        (row,) = await work.rows(select(func.count().label("number")).select_from(links).where(visible(links)))
        if not row.number:
            message = "You sign in with it only. Add another before, or set a password (requestPasswordReset)."
            raise Rejected(Problem(Code.WRONG_STATUS, ("id",), message))
    await work.delete(passkey)
    await _record_change(work, user, passkey.name, notify, is_added=False)
    return id


async def delete_passkeys(work: UnitOfWork) -> None:
    """Delete all passkeys of the principal."""
    await work.delete_all(Passkey, true())


async def list_names(work: UnitOfWork) -> list[str]:
    """Return the names of the principal's passkeys."""
    return sorted(str(row.name) for row in await _load_own(work))


async def _load_own(work: UnitOfWork) -> Sequence[Any]:
    passkey = table_of(Passkey)
    return await work.rows(select(passkey).where(visible(passkey)).order_by(passkey.c.id))


async def _record_change(work: UnitOfWork, user: User, name: str, notify: Notify, *, is_added: bool) -> None:
    kind = SignInEventKind.SECOND_FACTOR_ENABLED if is_added else SignInEventKind.SECOND_FACTOR_DISABLED
    await record_sign_in_event(work, kind, EventSubject(user.id, detail=describe_passkey(name)))
    work.after_commit.append(lambda: notify(user, name, is_added))


async def _require_new(work: UnitOfWork, credential_id: str) -> None:
    passkey = table_of(Passkey)
    if await work.rows(select(passkey.c.id).where(passkey.c.credential_id == credential_id)):
        raise Rejected(Problem(Code.TAKEN, CREDENTIAL_PATH, "This passkey was added already."))


def _require_room(existing: Sequence[Any]) -> None:
    if len(existing) >= MAX_PASSKEYS:
        message = f"You can have at most {MAX_PASSKEYS} passkeys. Remove one that you no longer need (deletePasskey)."
        raise Rejected(Problem(Code.OUT_OF_RANGE, ("input",), message, ProblemParams(max=MAX_PASSKEYS)))
