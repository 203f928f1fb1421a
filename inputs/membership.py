"""Arguments, filter and order of memberships."""

from typing import Annotated

import strawberry

from inputs.enums import register_enum
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Membership
from models.membership import Role

register_enum(Role)
NewRole = Annotated[Role, strawberry.argument(description="The member's new role.")]


@filter_input(
    *(Membership, "id", "role", "created_at", "updated_at"),
    through=["user"],
    aliases={"user": "tenant_user"},
    user_column="user_id",
)
class MembershipWhere: ...


MembershipOrder = order_input(
    Membership, "id", "role", "created_at", "updated_at", through=["user"], aliases={"user": "tenant_user"}
)
