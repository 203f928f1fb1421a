"""A project: a group of tasks with a common goal."""

from models.base import TenantRecord
from models.fields import external_id, short_text, text
from models.relations import HasMany
from models.scopes import Domain


class Project(TenantRecord, table=True):
    """A group of tasks with a common goal."""

    domain = Domain.WORK
    unique_together = (("name",), ("external_id",))
    relations = {"tasks": HasMany("task", "project_id", "The tasks of the project.")}

    name: str = short_text("The name of the project; unique within the tenant.", max_length=200)
    description: str = text("The description of the project.", max_length=2000)
    external_id: str | None = external_id("project")
