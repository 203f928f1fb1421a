"""Memberships: change a role, remove a member, leave a tenant."""

from uuid import UUID

from inputs.arguments import ExpectedVersion, Id, TenantToLeave
from inputs.membership import NewRole
from models import Membership
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.people import member


async def change_member_role(
    work: UnitOfWork, id: Id, role: NewRole, expected_version: ExpectedVersion = None
) -> Membership:
    return await member.change_member_role(work, decode_id("membership", id), role, expected_version)


async def remove_member(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await member.remove_member(work, decode_id("membership", id), expected_version)


async def leave_tenant(work: UnitOfWork, id: TenantToLeave) -> UUID:
    return await member.leave_tenant(work, decode_id("tenant", id))
