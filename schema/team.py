"""Teams."""

from models import Team
from schema.noun import Noun
from services.core.access import Access

TEAM = Noun(
    Team,
    fields=("name",),
    relations=("workers",),
    writable=("name",),
    sortable=("name",),
    read=Access.MEMBER,
    write=Access.MEMBER,
)
