"""Inputs, filter and order of teams."""

from inputs.derive import create_input, update_input
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Team


@create_input(Team, "name")
class CreateTeamInput: ...


@update_input(Team, "name")
class UpdateTeamInput: ...


@filter_input(Team, "id", "name", "created_at", "updated_at", through=["workers"])
class TeamWhere: ...


TeamOrder = order_input(Team, "id", "name", "created_at", "updated_at")
