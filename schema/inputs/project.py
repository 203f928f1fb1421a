"""What clients send about projects."""

from models import Project
from schema.inputs.derive import changes, creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@creates(Project, "name", "description")
class CreateProjectInput: ...


@changes(Project, "name", "description")
class UpdateProjectInput: ...


@filters(Project, "id", "name", "description", "created_at", "updated_at", through=["tasks"])
class ProjectWhere: ...


ProjectOrder = order_input(Project, "id", "name", "created_at", "updated_at")
