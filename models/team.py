"""A team: workers who work together."""

from models.base import TenantRecord
from models.fields import line
from models.relations import Many


class Team(TenantRecord, table=True):
    """Workers who work together."""

    unique_together = (("name",),)
    relations = {"workers": Many("worker", "team_id", "The workers of the team.")}

    name: str = line("What the team is called; unique within the tenant.", longest=100)
