"""What clients send about memberships."""

from typing import Annotated

import strawberry

from models import Membership
from models.membership import Role
from schema.inputs.choices import published
from schema.inputs.sorting import order_input
from schema.inputs.where import filters

published(Role)
NewRole = Annotated[Role, strawberry.argument(description="What the member may do from now on.")]


@filters(Membership, "id", "role", "created_at", "updated_at", through=["user"], calling={"user": "colleague"})
class MembershipWhere: ...


MembershipOrder = order_input(Membership, "id", "role", "created_at", "updated_at")
