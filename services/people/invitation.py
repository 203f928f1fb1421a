"""Invitations: people become members of a tenant, whether or not they have an account yet.

Invitations do not disclose who has an account. The secret proves that its bearer reads emails to the invited address.
"""

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, true

from models import Invitation, Membership, Tenant, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from queries.scope import in_current_tenant, visible
from services.core.access import Access
from services.core.email import Mailer
from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.validation import validate
from services.core.verified_email import require_verified_principal
from services.people import secrets
from services.people import user as users
from services.people.email_templates import EmailTemplates, InvitationDetails
from services.people.membership_locks import lock_own_user, lock_tenant, require_owner_for

LIFETIME_DAYS = 7


async def invite_member(
    work: UnitOfWork, mailer: Mailer, templates: EmailTemplates, values: dict[str, Any]
) -> Invitation:
    """Send an invitation to an address. A second invitation to the same address replaces the first and its secret.
    Rejected if the principal has not verified their own address."""
    await lock_tenant(work, Access.ADMIN_USER_ONLY)
    await require_verified_principal(work, "send the invitation")
    clean = {"role": Role.MEMBER} | validate(Invitation, values, "input")
    await _reject_members(work, clean["email"])
    previous = await _find_by_email(work, clean["email"])
    require_owner_for(work.principal, clean["role"], *([previous.role] if previous and _is_pending(previous) else []))
    secret = secrets.generate(secrets.INVITATION_PREFIX)
    invitation = await _insert_or_renew(work, previous, clean | {"hash": secrets.hash_secret(secret)})
    details = await _load_details(work, invitation)
    email = templates.invitation(invitation.email, details, secret, LIFETIME_DAYS)
    work.after_commit.append(lambda: mailer.send(email))
    return invitation


async def accept_invitation(work: UnitOfWork, token: str) -> Membership:
    """Make the principal a member. The invitation must have been sent to the principal's own address, which becomes
    verified. All invalid invitations are rejected with the same message."""
    user = await lock_own_user(work)
    invitation = await _load_presented(work, token)
    if invitation is None or invitation.email != user.email:
        message = "This invitation was sent to another address, was already used, replaced or revoked, or has expired."
        raise Rejected(Problem(Code.INVALID, ("token",), message))
    now = utc_now()
    invitation.accepted_at = now
    user.email_verified_at = user.email_verified_at or now
    await work.flush()
    membership = await _find_own_membership(work, invitation.tenant_id)
    return membership or await users.add_member(work, invitation.tenant_id, user.id, invitation.role)


async def revoke_invitation(work: UnitOfWork, id: UUID) -> Invitation:
    """Revoke an invitation. A second call changes nothing."""
    await lock_tenant(work, Access.ADMIN_USER_ONLY)
    invitation: Invitation = await work.get_for_update(Invitation, id, "id")
    require_owner_for(work.principal, invitation.role)
    if invitation.accepted_at is not None:
        message = "The invitation was already accepted. Remove the member instead."
        raise Rejected(Problem(Code.CONFLICT, ("id",), message), current=invitation)
    invitation.revoked_at = invitation.revoked_at or utc_now()
    await work.flush()
    return invitation


async def revoke_unauthorized(work: UnitOfWork, user_id: UUID, role: Role | None) -> None:
    """Revoke the pending invitations that a user has sent and that the user's new role, or none, does not permit."""
    invitation = table_of(Invitation)
    if role is not Role.OWNER:
        beyond_role = invitation.c.role == Role.OWNER if role is Role.ADMIN else true()
        await revoke_pending(work, and_(invitation.c.invited_by_id == user_id, beyond_role))


async def revoke_pending(work: UnitOfWork, condition: ColumnElement[bool] | None = None) -> None:
    """Revoke all pending invitations of the current tenant, or those that match."""
    invitation = table_of(Invitation)
    pending = and_(invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None))
    condition = pending if condition is None else and_(pending, condition)
    await work.update_all(Invitation, condition, {"revoked_at": None}, revoked_at=utc_now())


def _is_pending(invitation: Any) -> bool:
    return invitation.accepted_at is None and invitation.revoked_at is None and invitation.expires_at > utc_now()


async def _reject_members(work: UnitOfWork, email: str) -> None:
    member, user = table_of(Membership), table_of(User)
    members = select(member.c.id).join_from(member, user, user.c.id == member.c.user_id)
    query = members.where(visible(member), visible(user), in_current_tenant(member), user.c.email == email)
    if await work.rows(query):
        message, params = "A user with this address is already a member.", ProblemParams(value=email)
        raise Rejected(Problem(Code.TAKEN, ("input", "email"), message, params))


async def _find_by_email(work: UnitOfWork, email: str) -> Invitation | None:
    invitation = table_of(Invitation)
    query = select(invitation).where(visible(invitation), invitation.c.email == email)
    entities = await work.entities(Invitation, query)
    return entities[0] if entities else None


async def _insert_or_renew(work: UnitOfWork, invitation: Invitation | None, values: dict[str, Any]) -> Invitation:
    """Insert an invitation with these values, or update the previous one to them and extend its lifetime."""
    expires_at = utc_now() + datetime.timedelta(days=LIFETIME_DAYS)
    values |= {"invited_by_id": work.principal.user_id, "expires_at": expires_at}
    if invitation is None:
        invitation = Invitation(**values | {"tenant_id": work.principal.tenant_id})
        await work.add(invitation)
    for name, value in (values | {"accepted_at": None, "revoked_at": None}).items():
        setattr(invitation, name, value)
    await work.flush()
    return invitation


async def _load_details(work: UnitOfWork, invitation: Invitation) -> InvitationDetails:
    user, tenant, member = table_of(User), table_of(Tenant), table_of(Membership)
    memberships = member.join(user, user.c.id == member.c.user_id).join(tenant, tenant.c.id == member.c.tenant_id)
    query = select(user.c.full_name, tenant.c.name).select_from(memberships)
    query = query.where(visible(user), visible(tenant), visible(member), in_current_tenant(member))
    (row,) = await work.rows(query.where(user.c.id == work.principal.user_id))
    role = {Role.MEMBER: "a member"}.get(invitation.role, f"an {invitation.role.lower()}")
    return InvitationDetails(row.full_name, row.name, role)


async def _load_presented(work: UnitOfWork, secret: str) -> Invitation | None:
    """Load the pending invitation with this secret, and lock it and its tenant, which must be open."""
    invitation, tenant = table_of(Invitation), table_of(Tenant)
    is_presented = invitation.c.hash == secrets.hash_secret(secret)
    tenant_ids = select(invitation.c.tenant_id).where(is_presented)
    open_tenant = select(tenant.c.id).where(tenant.c.id.in_(tenant_ids), tenant.c.closed_at.is_(None))
    if not await work.rows(open_tenant.with_for_update(key_share=True)):
        return None
    entities = await work.entities(Invitation, select(invitation).where(is_presented).with_for_update())
    return entities[0] if entities and _is_pending(entities[0]) else None


async def find_invited_email(work: UnitOfWork, secret: str) -> str | None:
    """Return the address of the pending invitation with this secret, to a tenant that is open; None if there is
    none."""
    invitation, tenant = table_of(Invitation), table_of(Tenant)
    is_presented = (invitation.c.hash == secrets.hash_secret(secret), tenant.c.closed_at.is_(None))
    presented = select(invitation).join(tenant, tenant.c.id == invitation.c.tenant_id)
    rows = await work.rows(presented.where(*is_presented))
    return str(rows[0].email) if rows and _is_pending(rows[0]) else None


async def _find_own_membership(work: UnitOfWork, tenant_id: UUID) -> Membership | None:
    member = table_of(Membership)
    own = select(member).where(visible(member), member.c.user_id == work.principal.user_id)
    entities = await work.entities(Membership, own.where(member.c.tenant_id == tenant_id))
    return entities[0] if entities else None
