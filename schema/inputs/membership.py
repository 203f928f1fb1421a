"""What clients send about memberships."""

from models import Membership
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@filters(Membership, "id", "role", "created_at", "updated_at")
class MembershipWhere: ...


MembershipOrder = order_input(Membership, "id", "role", "created_at", "updated_at")
