"""The restricted user filter for members of a tenant; superusers have the full one in inputs/user.py."""

from inputs.filter_types import filter_input
from models import User


@filter_input(User, "id", "email", "full_name", spec_name="tenant_user", graphql_name="ColleagueWhere")
class TenantUserWhere: ...
