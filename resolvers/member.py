"""Changes to who is a member of the tenant, and as what."""

from uuid import UUID

from models import Membership
from resolvers.unpack import key
from schema.inputs.arguments import ExpectedVersion, Id
from schema.inputs.membership import NewRole
from services import member
from services.unit_of_work import UnitOfWork


async def change_member_role(
    work: UnitOfWork, id: Id, role: NewRole, expected_version: ExpectedVersion = None
) -> Membership:
    return await member.change_member_role(work, key("membership", id), role, expected_version)


async def remove_member(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await member.remove_member(work, key("membership", id), expected_version)


async def leave_tenant(work: UnitOfWork, id: Id) -> UUID:
    return await member.leave_tenant(work, key("tenant", id))
