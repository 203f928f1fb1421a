"""What clients send about teams."""

from models import Team
from schema.inputs.derive import changes, creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@creates(Team, "name")
class CreateTeamInput: ...


@changes(Team, "name")
class UpdateTeamInput: ...


@filters(Team, "id", "name", "created_at", "updated_at", through=["workers"])
class TeamWhere: ...


TeamOrder = order_input(Team, "id", "name", "created_at", "updated_at")
