"""A tenant: one business and its plot."""

import datetime

from models.base import Record
from models.fields import line, moment, slug
from models.relations import Many


class Tenant(Record, table=True):
    """A business that keeps its own plot: what it holds is seen by its members only."""

    relations = {
        "members": Many(
            "membership", "tenant_id", "Its members; of a tenant that is not the current one, oneself only."
        ),
        "invitations": Many(
            "invitation", "tenant_id", "Who was invited, for admins and owners of the current tenant; for others none."
        ),
    }

    name: str = line("What people call the business.", longest=100)
    slug: str = slug("Its short name in addresses and in the X-Tenant header.", longest=50, unique=True)
    closed_at: datetime.datetime | None = moment(
        "When it was closed; from then on it is as if it were not there.", default=None
    )
