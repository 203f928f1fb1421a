"""What clients ask of the people they see in a tenant: less than superusers may ask (schema/inputs/user.py)."""

from models import User
from schema.inputs.where import filters


@filters(User, "id", "email", "full_name", called="colleague")
class ColleagueWhere: ...
