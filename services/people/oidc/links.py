"""Links between accounts at issuers and users."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true

from models import LinkedIssuer, Passkey, User
from models.relations import table_of
from models.sign_in_event import SignInEventKind
from queries.scope import visible
from services.core.email import Mailer
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.verified_email import require_verified_email
from services.people.email_templates import EmailTemplates
from services.people.membership_locks import lock_own_user
from services.people.oidc.id_token import Identity
from services.people.oidc.used_tokens import use_token
from services.people.session import require_recent_sign_in
from services.people.sign_in_events import EventSubject, record_sign_in_event

Notify = Callable[[User, Identity], Awaitable[None]]
"""Sends an email about a new link."""


def notifier(mailer: Mailer, templates: EmailTemplates) -> Notify:
    """Return what sends the emails about new links."""

    async def notify(user: User, identity: Identity) -> None:
        await mailer.send(templates.issuer_linked(user.email, user.full_name, identity.issuer.url))

    return notify


async def find_link(work: UnitOfWork, identity: Identity) -> Any:
    """Return the row of the link of an account at an issuer, of any user; None if there is none."""
    link = table_of(LinkedIssuer)
    is_same = (link.c.issuer == identity.issuer.url, link.c.subject == identity.subject)
    rows = await work.rows(select(link).where(*is_same))
    return rows[0] if rows else None


async def add_link(work: UnitOfWork, user_id: UUID, identity: Identity) -> LinkedIssuer:
    """Link the account at the issuer to a user, and record that."""
    link = LinkedIssuer(user_id=user_id, issuer=identity.issuer.url, subject=identity.subject, email=identity.email)
    await work.add(link)
    await record_issuer_event(work, SignInEventKind.ISSUER_LINKED, user_id, link.issuer)
    return link


async def record_issuer_event(work: UnitOfWork, kind: SignInEventKind, user_id: UUID, issuer: str) -> None:
    """Record a sign-in event of a user that concerns an issuer."""
    await record_sign_in_event(work, kind, EventSubject(user_id, detail=issuer))


async def record_refused_sign_in(work: UnitOfWork, identity: Identity) -> None:
    """Record that a valid ID token did not sign in the user whose account it is, if there is one."""
    link = await find_link(work, identity)
    if link is not None:
        await record_issuer_event(work, SignInEventKind.LOGIN_FAILED, UUID(bytes=link.user_id.bytes), link.issuer)


async def link_issuer(work: UnitOfWork, identity: Identity, notify: Notify) -> LinkedIssuer:
    """Link the account at the issuer to the principal. Rejected if it is linked to another user, and if the principal
    has not verified the email address: someone who registered with the address of another person could otherwise still
    sign in after that person has set a new password."""
    user = await lock_own_user(work)
    require_verified_email(user, "link the issuer", ("input",))
    if user.password_hash is None:
        await require_recent_sign_in(work, "Sign in again, and link the issuer within ten minutes.")
    await use_token(work, identity)
    existing = await find_link(work, identity)
    if existing is None:
        link = await add_link(work, user.id, identity)
        work.after_commit.append(lambda: notify(user, identity))
        return link
    if existing.user_id != user.id:
        message = "This account at the issuer is linked to another user."
        raise Rejected(Problem(Code.TAKEN, ("input", "id_token"), message))
    own: LinkedIssuer = await work.get_for_update(LinkedIssuer, existing.id)
    return own


async def unlink_issuer(work: UnitOfWork, id: UUID) -> UUID:
    """Delete one of the principal's links. Rejected if nothing would be left to sign in with."""
    user, table = await lock_own_user(work), table_of(LinkedIssuer)
    link: LinkedIssuer = await work.get_for_update(LinkedIssuer, id, "id")
    (row,) = await work.rows(select(func.count().label("number")).select_from(table).where(visible(table)))
    if user.password_hash is None and row.number == 1 and not await _has_passkey(work):
        message = (
            "You sign in with it only. Link another issuer or add a passkey before, or set a password "
            "(requestPasswordReset), which also removes it."
        )
        raise Rejected(Problem(Code.WRONG_STATUS, ("id",), message))
    await work.delete(link)
    await record_issuer_event(work, SignInEventKind.ISSUER_UNLINKED, user.id, link.issuer)
    return id


async def _has_passkey(work: UnitOfWork) -> bool:
    passkey = table_of(Passkey)
    return bool(await work.rows(select(passkey.c.id).where(visible(passkey)).limit(1)))


async def delete_links(work: UnitOfWork) -> None:
    """Delete all links of the principal."""
    await work.delete_all(LinkedIssuer, true())


async def list_linked_issuers(work: UnitOfWork) -> list[str]:
    """Return the URLs of the issuers that the principal signs in with."""
    link = table_of(LinkedIssuer)
    return sorted({str(row.issuer) for row in await work.rows(select(link.c.issuer).where(visible(link)))})
