"""Inputs, filter and order of projects."""

from inputs.derive import create_input, update_input
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Project


@create_input(Project, "name", "description")
class CreateProjectInput: ...


@update_input(Project, "name", "description")
class UpdateProjectInput: ...


@filter_input(Project, "id", "name", "description", "created_at", "updated_at", through=["tasks"])
class ProjectWhere: ...


ProjectOrder = order_input(Project, "id", "name", "created_at", "updated_at")
