"""Memberships in the contract."""

import strawberry

from models import Membership
from resolvers import member
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes, deletes
from schema.node import Node
from schema.relations import one
from services.access import Access


@shows(Membership, "id", "role", "created_at", "updated_at", "version")
class MembershipType(Node):
    tenant = one(Membership, "tenant")
    user = one(Membership, "user")


MembershipConnection = connection_of("membership")


@strawberry.type
class MembershipMutations:
    change_member_role = changes(
        "membership",
        member.change_member_role,
        allows=Access.ADMIN_IN_PERSON,
        description="Let a member do more or less. Only owners make owners, or make them something else, and the last"
        " owner stays one.",
    )
    remove_member = deletes(
        "membership",
        member.remove_member,
        allows=Access.ADMIN_IN_PERSON,
        description="Remove a member from the tenant; what they did there stays. Only owners remove owners, and the"
        " last one stays.",
    )
    leave_tenant = deletes(
        "membership",
        member.leave_tenant,
        allows=Access.MEMBER_IN_PERSON,
        description="Leave the current tenant. Its last owner cannot.",
        versioned=False,
    )
