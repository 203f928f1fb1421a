"""An invitation: a letter with which somebody may become a member of a tenant."""

import datetime
import uuid

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Record
from models.fields import address, choice, digest, moment
from models.membership import Role
from models.relations import One


class Invitation(Record, table=True):
    """A place in a tenant that is kept for whoever reads the letters to an address. There is one for each address: to
    invite somebody again renews it."""

    __table_args__ = (UniqueConstraint("tenant_id", "email"),)
    relations = {
        "tenant": One("tenant", "tenant_id", "The tenant."),
        "invited_by": One("user", "invited_by_id", "Whoever wrote it; null when they are no member any more."),
    }

    tenant_id: uuid.UUID = Field(foreign_key="tenant.id", description="The tenant.")
    email: str = address("The address that it was sent to.", index=True)
    role: Role = choice(Role, Role.MEMBER, "What the new member may do.")
    hash: str = digest("What is kept of the secret in the letter.", unique=True)
    invited_by_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="Whoever wrote it.")
    expires_at: datetime.datetime = moment("When it ceases to count.")
    accepted_at: datetime.datetime | None = moment("When it was accepted.", default=None)
    revoked_at: datetime.datetime | None = moment("When it was withdrawn.", default=None)
