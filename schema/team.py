"""Teams."""

from models import Team
from schema.noun import Noun, Operation
from services.core.access import Access

TEAM = Noun(
    Team,
    fields=("name", "external_id"),
    relations=("workers",),
    writable=("name", "external_id"),
    sortable=("name",),
    upsert=Operation(),
    read=Access.MEMBER,
    write=Access.MEMBER,
)
