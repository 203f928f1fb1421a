"""Invitations: how people become members of a tenant, whether or not they have an account yet.

Nobody learns from them who has one. Whoever shows the secret has read the letter, so the address is theirs.
"""

import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, true

from models import Invitation, Membership, Tenant, User
from models.base import now
from models.membership import Role
from models.relations import table_of
from queries.scope import current, visible
from services import people, secrets
from services.access import Access
from services.errors import Code, Problem, Refused
from services.letters import Letters, Offer
from services.mail import Mailer
from services.standing import hold_oneself, hold_tenant, require_owner_for
from services.unit_of_work import UnitOfWork
from services.validation import checked

DAYS = 7
"""How long somebody has to accept."""


async def invite_member(work: UnitOfWork, mailer: Mailer, letters: Letters, values: dict[str, Any]) -> Invitation:
    """Invite whoever reads the letters to an address. To invite them again renews it: the letter before is void."""
    await hold_tenant(work, Access.ADMIN_IN_PERSON)
    clean = {"role": Role.MEMBER} | checked(Invitation, values, "input")
    await _refuse_members(work, clean["email"])
    before = await _of_address(work, clean["email"])
    require_owner_for(work.actor, clean["role"], *([before.role] if before and _is_pending(before) else []))
    secret = secrets.make(secrets.INVITATION)
    invitation = await _written(work, before, clean | {"hash": secrets.hashed(secret)})
    letter = letters.invitation(invitation.email, await _offer(work, invitation), secret, DAYS)
    work.after_commit.append(lambda: mailer.send(letter))
    return invitation


async def accept_invitation(work: UnitOfWork, token: str) -> Membership:
    """Become a member. The letter must have gone to the actor's own address, which this proves to be theirs; whatever
    is wrong with it, the answer is the same."""
    oneself = await hold_oneself(work)
    invitation = await _shown(work, token)
    if invitation is None or invitation.email != oneself.email:
        message = (
            "This invitation was not sent to your address, or it has been used, replaced, withdrawn or has expired."
        )
        raise Refused(Problem(Code.INVALID, ("token",), message))
    at = now()
    invitation.accepted_at = at
    oneself.email_verified_at = oneself.email_verified_at or at
    await work.flush()
    membership = await _place(work, invitation.tenant_id)
    return membership or await people.add_member(work, invitation.tenant_id, oneself.id, invitation.role)


async def revoke_invitation(work: UnitOfWork, id: UUID) -> Invitation:
    """Its letter is void from now on; to revoke it again changes nothing."""
    await hold_tenant(work, Access.ADMIN_IN_PERSON)
    invitation: Invitation = await work.get(Invitation, id, "id")
    require_owner_for(work.actor, invitation.role)
    if invitation.accepted_at is not None:
        message = "It was accepted: remove the member instead."
        raise Refused(Problem(Code.CONFLICT, ("id",), message), current=invitation)
    invitation.revoked_at = invitation.revoked_at or now()
    await work.flush()
    return invitation


async def withdraw_beyond(work: UnitOfWork, user_id: UUID, role: Role | None) -> None:
    """Withdraw what somebody wrote who is to have this role, or none, and with it could not have written."""
    invitation = table_of(Invitation)
    if role is not Role.OWNER:
        beyond = invitation.c.role == Role.OWNER if role is Role.ADMIN else true()
        await withdraw(work, and_(invitation.c.invited_by_id == user_id, beyond))


async def withdraw(work: UnitOfWork, which: ColumnElement[bool] | None = None) -> None:
    """Withdraw the pending invitations of the current tenant, or these of them."""
    invitation = table_of(Invitation)
    pending = and_(invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None))
    condition = pending if which is None else and_(pending, which)
    await work.change_all(Invitation, condition, {"revoked_at": None}, revoked_at=now())


def _is_pending(invitation: Invitation) -> bool:
    return invitation.accepted_at is None and invitation.revoked_at is None and invitation.expires_at > now()


async def _refuse_members(work: UnitOfWork, email: str) -> None:
    member, user = table_of(Membership), table_of(User)
    both = select(member.c.id).join_from(member, user, user.c.id == member.c.user_id)
    theirs = both.where(visible(member), visible(user), current(member), user.c.email == email)
    if await work.rows(theirs):
        raise Refused(Problem(Code.TAKEN, ("input", "email"), "Somebody with this address is a member already."))


async def _of_address(work: UnitOfWork, email: str) -> Invitation | None:
    invitation = table_of(Invitation)
    found = await work.entities(Invitation, select(invitation).where(visible(invitation), invitation.c.email == email))
    return found[0] if found else None


async def _written(work: UnitOfWork, before: Invitation | None, values: dict[str, Any]) -> Invitation:
    """A new invitation, or the one before with these values and a new term."""
    values |= {"invited_by_id": work.actor.user_id, "expires_at": now() + datetime.timedelta(days=DAYS)}
    if before is None:
        before = Invitation(**values | {"tenant_id": work.actor.tenant_id})
        await work.add(before)
    for name, value in (values | {"accepted_at": None, "revoked_at": None}).items():
        setattr(before, name, value)
    await work.flush()
    return before


async def _offer(work: UnitOfWork, invitation: Invitation) -> Offer:
    """Who invites, to what and as what, in words."""
    user, tenant, member = table_of(User), table_of(Tenant), table_of(Membership)
    places = member.join(user, user.c.id == member.c.user_id).join(tenant, tenant.c.id == member.c.tenant_id)
    names = select(user.c.full_name, tenant.c.name).select_from(places)
    names = names.where(visible(user), visible(tenant), visible(member), current(member))
    (found,) = await work.rows(names.where(user.c.id == work.actor.user_id))
    role = {Role.MEMBER: "a member"}.get(invitation.role, f"an {invitation.role.lower()}")
    return Offer(found.full_name, found.name, role)


async def _shown(work: UnitOfWork, token: str) -> Invitation | None:
    """The pending invitation with this secret; its tenant, which must be open, is held."""
    invitation, tenant = table_of(Invitation), table_of(Tenant)
    shown = invitation.c.hash == secrets.hashed(token)
    its_own = select(tenant.c.id).where(
        tenant.c.id.in_(select(invitation.c.tenant_id).where(shown)), tenant.c.closed_at.is_(None)
    )
    if not await work.rows(its_own.with_for_update(key_share=True)):
        return None
    found = await work.entities(Invitation, select(invitation).where(shown).with_for_update())
    return found[0] if found and _is_pending(found[0]) else None


async def _place(work: UnitOfWork, tenant_id: UUID) -> Membership | None:
    """The actor's membership, should they have one already."""
    member = table_of(Membership)
    own = select(member).where(visible(member), member.c.user_id == work.actor.user_id)
    found = await work.entities(Membership, own.where(member.c.tenant_id == tenant_id))
    return found[0] if found else None
