"""A project: tasks towards one aim."""

from models.base import TenantRecord
from models.fields import line, prose
from models.relations import Many


class Project(TenantRecord, table=True):
    """Tasks towards one aim."""

    unique_together = (("name",),)
    relations = {"tasks": Many("task", "project_id", "The tasks of the project.")}

    name: str = line("What the project is called; unique within the tenant.", longest=200)
    description: str = prose("What it is about.", longest=2000)
