"""Sign-in with an ID token: find the user whose account at the issuer it is, or link or create one.

An account here is linked without its password only if the issuer has verified the address of the person, and this
server has verified that of the account. Otherwise someone could register with the address of another person, wait
until that person signs in with an issuer, and share the account from then on.
"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from database.authentication import Principal
from database.reader import Reader
from models import LinkedIssuer, Membership, User
from models.base import utc_now
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from services.core.errors import Code, Problem, Rejected, RetryableConflict
from services.core.unit_of_work import UnitOfWork
from services.core.validation import check_values
from services.people.invitation import accept_invitation, find_invited_email
from services.people.login import sign_in
from services.people.oidc.id_token import Identity
from services.people.oidc.links import Notify, add_link, find_link, record_issuer_event
from services.people.oidc.used_tokens import id_token_problem, use_token
from services.people.second_factor import PresentedCode, pass_second_factor
from services.people.session import SessionOptions, SessionTokens

_PATH = ("input", "invitation_token")


@dataclass(frozen=True)
class RedeemedToken:
    """The user of an ID token, and the invitation of the sign-in, if there is one."""

    user_id: UUID
    invitation_token: str | None = None
    """The token of an invitation that the user has yet to accept."""
    membership: Any = None
    """The membership of a user who was created with an invitation."""


async def find_user_id(reader: Reader, identity: Identity) -> UUID | None:
    """Return the id of the user whom the token will probably sign in, whose attempts are limited; None if it is a new
    one."""
    link, user = table_of(LinkedIssuer), table_of(User)
    is_same = (link.c.issuer == identity.issuer.url, link.c.subject == identity.subject)
    row = await reader.row(select(link.c.user_id.label("id")).where(*is_same))
    row = row or await reader.row(select(user.c.id).where(user.c.email == identity.verified_email))
    await reader.release()
    return None if row is None else UUID(bytes=row.id.bytes)


async def redeem(
    work: UnitOfWork, identity: Identity, invitation_token: str | None, code: PresentedCode, notify: Notify
) -> RedeemedToken:
    """Use the token, and the code if the user has a second factor that the issuer has not replaced; return the user,
    who is active. Rejected if there is none, and none may be created. Then the token can be used again."""
    redeemed = await _redeem_token(work, identity, invitation_token, notify)
    if not identity.has_several_factors:
        await pass_second_factor(work, redeemed.user_id, code)
    return redeemed


async def _redeem_token(
    work: UnitOfWork, identity: Identity, invitation_token: str | None, notify: Notify
) -> RedeemedToken:
    """A user who is created accepts the invitation in the same transaction: there is no account if it is refused."""
    await use_token(work, identity)
    link = await find_link(work, identity)
    if link is None:
        return await _link_or_create(work, identity, invitation_token, notify)
    user = await _find_user(work, table_of(User).c.id == link.user_id)
    _require_active(user)
    table = table_of(LinkedIssuer)
    used = update(table).where(table.c.id == link.id).values(last_used_at=utc_now())
    await work.rows(used.returning(table.c.id))
    return RedeemedToken(UUID(bytes=link.user_id.bytes), invitation_token)


async def begin_session_with_issuer(
    work: UnitOfWork, options: SessionOptions, redeemed: RedeemedToken
) -> SessionTokens:
    """Begin a session of the principal, who has redeemed a token, and accept the invitation, if there is one."""
    token, membership = redeemed.invitation_token, redeemed.membership
    if token is not None:
        membership = await _accept_invitation(work, token)
    return replace(await sign_in(work, options), membership=membership)


async def _accept_invitation(work: UnitOfWork, invitation_token: str) -> Membership:
    try:
        return await accept_invitation(work, invitation_token)
    except Rejected as rejected:
        raise Rejected(*(problem.at(*_PATH) for problem in rejected.problems)) from None


async def _link_or_create(
    work: UnitOfWork, identity: Identity, invitation_token: str | None, notify: Notify
) -> RedeemedToken:
    invited = None if invitation_token is None else await _require_invited_email(work, identity, invitation_token)
    email = invited or identity.verified_email
    if email is None:
        raise id_token_problem(
            "The issuer has not verified your email address. Sign in with your password and link the issuer "
            "(linkIssuer), or open the link of an invitation."
        )
    row = await _find_user(work, table_of(User).c.email == email)
    try:
        if row is None:
            return await _create_user(work, identity, email, invitation_token)
        return RedeemedToken(await _link_existing(work, row, identity, notify), invitation_token)
    except Rejected as rejected:
        if any(problem.code is Code.TAKEN for problem in rejected.problems):
            raise RetryableConflict from rejected  # a concurrent sign-in of the same person
        raise


async def _require_invited_email(work: UnitOfWork, identity: Identity, invitation_token: str) -> str:
    """Return the address that the invitation was sent to. It must be that of the ID token, if that contains one."""
    invited = await find_invited_email(work, invitation_token)
    if invited is None or identity.email not in (None, invited):
        message = "This invitation was sent to another address, was already used, replaced or revoked, or has expired."
        raise Rejected(Problem(Code.INVALID, _PATH, message))
    return invited


async def _create_user(work: UnitOfWork, identity: Identity, email: str, invitation_token: str | None) -> RedeemedToken:
    """Insert a user without a password. Both an invitation, which the user accepts, and the issuer prove that the
    address is the person's."""
    if invitation_token is None and not identity.issuer.allows_registration:
        raise id_token_problem("There is no account with your email address. Ask for an invitation, or register.")
    user = User(email=email, full_name=_full_name(identity, email), email_verified_at=utc_now())
    await work.add(user)
    await record_issuer_event(work, SignInEventKind.REGISTERED, user.id, identity.issuer.url)
    await add_link(work, user.id, identity)
    if invitation_token is None:
        return RedeemedToken(user.id)
    work.principal = Principal(user_id=user.id)  # the person whom the issuer has authenticated
    return RedeemedToken(user.id, membership=await _accept_invitation(work, invitation_token))


async def _link_existing(work: UnitOfWork, user: Any, identity: Identity, notify: Notify) -> UUID:
    _require_active(user)
    if user.email_verified_at is None:
        raise id_token_problem(
            "The email address of your account is not verified. Verify it, or set a new password "
            "(requestPasswordReset), and sign in again."
        )
    if user.is_superuser:
        raise id_token_problem(
            "Accounts of superusers are not linked by the email address. Sign in with your password and link the "
            "issuer (linkIssuer)."
        )
    if identity.verified_email != user.email:
        raise id_token_problem(
            "The issuer has not verified your email address. Sign in with your password and link the issuer "
            "(linkIssuer)."
        )
    await add_link(work, user.id, identity)
    work.after_commit.append(lambda: notify(user, identity))
    return UUID(bytes=user.id.bytes)


async def _find_user(work: UnitOfWork, condition: Any) -> Any:
    user = table_of(User)
    rows = await work.rows(select(user).where(condition, user.c.deleted_at.is_(None)))
    return rows[0] if rows else None


def _require_active(user: Any) -> None:
    if user is None or not user.is_active:
        raise id_token_problem("Your account is not active.")


def _full_name(identity: Identity, email: str) -> str:
    """Return the name in the token as far as it is one, otherwise the first part of the address."""
    name = " ".join("".join(c if c.isprintable() else " " for c in identity.name or "").split())[:100]
    clean, _ = check_values(User, {"full_name": name}, "input")
    return str(clean.get("full_name") or email.partition("@")[0][:100])
