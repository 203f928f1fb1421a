"""The restricted filter and order of users for members of a tenant; superusers have the full ones in inputs/user.py."""

from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import User


@filter_input(
    User, "id", "email", "full_name", spec_name="tenant_user", graphql_name="ColleagueWhere", user_column="id"
)
class TenantUserWhere: ...


TenantUserOrder = order_input(User, "id", "email", "full_name", spec_name="tenant_user", graphql_name="ColleagueOrder")
