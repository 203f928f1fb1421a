"""A tenant: one business and its plot."""

from models.base import Record
from models.fields import line


class Tenant(Record, table=True):
    """A business that keeps its own plot: what it holds is seen by its members only."""

    name: str = line("What people call the business.", longest=100)
    slug: str = line("Its short name in addresses and in the X-Tenant header.", longest=50, unique=True)
