"""Members of a tenant: change their roles, remove them, leave."""

from uuid import UUID

from sqlalchemy import select

from models import Membership
from models.membership import Role
from models.relations import table_of
from queries.scope import in_current_tenant, visible
from services.core.access import Access
from services.core.errors import not_found
from services.core.records import check_version
from services.core.unit_of_work import UnitOfWork
from services.people import invitation
from services.people.member_references import clear_member_references
from services.people.membership_locks import lock_tenant, require_other_owner, require_owner_for


async def change_member_role(work: UnitOfWork, id: UUID, role: Role, expected_version: int | None) -> Membership:
    """Change a member's role. Only owners may make someone an owner or change an owner's role."""
    await lock_tenant(work, Access.ADMIN_USER_ONLY)
    member = await _get_membership(work, id)
    require_owner_for(work.principal, member.role, role)
    check_version(member, expected_version)
    if member.role is Role.OWNER and role is not Role.OWNER:
        await require_other_owner(work, member.user_id, "role")
    await invitation.revoke_unauthorized(work, member.user_id, role)
    member.role = role
    await work.flush()
    return member


async def remove_member(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Remove a member. Only owners may remove owners."""
    await lock_tenant(work, Access.ADMIN_USER_ONLY)
    member = await _get_membership(work, id)
    require_owner_for(work.principal, member.role)
    check_version(member, expected_version)
    return await _delete_membership(work, member)


async def leave_tenant(work: UnitOfWork, id: UUID) -> UUID:
    """End the principal's membership in the current tenant, which must have this id."""
    await lock_tenant(work, Access.MEMBER_USER_ONLY)
    if id != work.principal.tenant_id:
        raise not_found("id")
    member = table_of(Membership)
    is_own = (visible(member), in_current_tenant(member), member.c.user_id == work.principal.user_id)
    (row,) = await work.rows(select(member.c.id).where(*is_own))
    return await _delete_membership(work, await _get_membership(work, row.id))


async def _delete_membership(work: UnitOfWork, member: Membership) -> UUID:
    if member.role is Role.OWNER:
        await require_other_owner(work, member.user_id, "id")
    await invitation.revoke_unauthorized(work, member.user_id, None)
    await clear_member_references(work, [member.user_id])
    await work.delete(member)
    return member.id


async def _get_membership(work: UnitOfWork, id: UUID) -> Membership:
    """Load and lock a membership in the current tenant. The principal's memberships in others are visible too, but are
    not found here."""
    member: Membership = await work.get_for_update(Membership, id, "id")
    if member.tenant_id != work.principal.tenant_id:
        raise not_found("id")
    return member
