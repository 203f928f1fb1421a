"""A team: a group of workers."""

from models.base import TenantRecord
from models.fields import external_id, short_text
from models.relations import HasMany
from models.scopes import Domain


class Team(TenantRecord, table=True):
    """A group of workers."""

    domain = Domain.WORK
    unique_together = (("name",), ("external_id",))
    relations = {"workers": HasMany("worker", "team_id", "The workers of the team.")}

    name: str = short_text("The name of the team; unique within the tenant.", max_length=100)
    external_id: str | None = external_id("team")
