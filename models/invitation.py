"""An invitation to a tenant, sent by email."""

import datetime
import uuid

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Record
from models.fields import choice, email, sha256, timestamp
from models.membership import Role
from models.relations import BelongsTo
from models.scopes import Domain


class Invitation(Record, table=True):
    """An invitation to become a member of a tenant. An address has at most one: inviting it again renews it."""

    domain = Domain.PEOPLE
    audited = True
    not_audited = {"email": "it is deleted with the user, and entries are not"}
    __table_args__ = (UniqueConstraint("tenant_id", "email"),)
    relations = {
        "tenant": BelongsTo("tenant", "tenant_id", "The tenant that the invitation is to."),
        "invited_by": BelongsTo("user", "invited_by_id", "The inviting user; null if no longer a member."),
    }

    tenant_id: uuid.UUID = Field(foreign_key="tenant.id", description="The id of the tenant.")
    email: str = email("The invited email address.", index=True)
    role: Role = choice(Role, Role.MEMBER, "The role of the new member.")
    hash: str = sha256("The hash of the token in the email.", unique=True)
    invited_by_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The id of the inviting user.")
    expires_at: datetime.datetime = timestamp("When it expires.")
    accepted_at: datetime.datetime | None = timestamp("When it was accepted.", default=None)
    revoked_at: datetime.datetime | None = timestamp("When it was revoked.", default=None)
