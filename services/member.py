"""The members of a tenant: what they may do, and how they leave."""

from uuid import UUID

from sqlalchemy import select

from models import Membership
from models.membership import Role
from models.relations import table_of
from queries.scope import current, visible
from services import invitation
from services.access import Access
from services.errors import not_found
from services.records import expect
from services.standing import hold_tenant, require_other_owner, require_owner_for
from services.unit_of_work import UnitOfWork


async def change_member_role(work: UnitOfWork, id: UUID, role: Role, expected_version: int | None) -> Membership:
    """Let a member do more or less. Only owners make owners, or make them something else."""
    await hold_tenant(work, Access.ADMIN_IN_PERSON)
    member = await _member(work, id)
    require_owner_for(work.actor, member.role, role)
    expect(member, expected_version)
    if member.role is Role.OWNER and role is not Role.OWNER:
        await require_other_owner(work, member.user_id, "role")
    await invitation.withdraw_beyond(work, member.user_id, role)
    member.role = role
    await work.flush()
    return member


async def remove_member(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Somebody is a member no more. Only owners remove owners."""
    await hold_tenant(work, Access.ADMIN_IN_PERSON)
    member = await _member(work, id)
    require_owner_for(work.actor, member.role)
    expect(member, expected_version)
    return await _end(work, member, "id")


async def leave_tenant(work: UnitOfWork, id: UUID) -> UUID:
    """The actor is a member of the current tenant no more."""
    await hold_tenant(work, Access.MEMBER_IN_PERSON)
    if id != work.actor.tenant_id:
        raise not_found("id")
    own = table_of(Membership)
    mine = select(own.c.id).where(visible(own), current(own), own.c.user_id == work.actor.user_id)
    (place,) = await work.rows(mine)
    return await _end(work, await _member(work, place.id), "id")


async def _end(work: UnitOfWork, member: Membership, *field: str) -> UUID:
    if member.role is Role.OWNER:
        await require_other_owner(work, member.user_id, *field)
    await invitation.withdraw_beyond(work, member.user_id, None)
    await work.delete(member)
    return member.id


async def _member(work: UnitOfWork, id: UUID) -> Membership:
    """The membership in the current tenant, which is held; one's own elsewhere are visible, too, and not meant."""
    member: Membership = await work.get(Membership, id, "id")
    if member.tenant_id != work.actor.tenant_id:
        raise not_found("id")
    return member
