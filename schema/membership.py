"""Membership: type and mutations."""

import strawberry

from models import Membership
from resolvers import membership
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import delete_mutation, row_mutation
from schema.node import Node
from schema.relations import history_field, to_one
from services.core.access import Access


@object_type(Membership, "id", "role", "created_at", "updated_at", "version")
class MembershipType(Node):
    tenant = to_one(Membership, "tenant")
    user = to_one(Membership, "user")
    history = history_field()


MembershipConnection = connection_type("membership")


@strawberry.type
class MembershipMutations:
    change_member_role = row_mutation(
        "membership",
        membership.change_member_role,
        access=Access.ADMIN_USER_ONLY,
        description="Change a member's role. Only owners can grant or revoke the role OWNER, and the last owner keeps "
        "it.",
    )
    remove_member = delete_mutation(
        "membership",
        membership.remove_member,
        access=Access.ADMIN_USER_ONLY,
        description="Remove a member from the current tenant; records of their actions remain. Only owners can remove"
        " owners, and the last owner cannot be removed.",
    )
    leave_tenant = delete_mutation(
        "membership",
        membership.leave_tenant,
        access=Access.MEMBER_USER_ONLY,
        description="Leave the current tenant, whose id `id` confirms. The last owner cannot leave. `deletedId` is the "
        "id of the membership.",
        versioned=False,
    )
