"""An API key: the credentials of a program that acts in one tenant."""

import datetime
import uuid

from sqlmodel import Field

from models.base import Record
from models.fields import choice, names, sha256, short_text, timestamp
from models.membership import Role
from models.relations import BelongsTo
from models.scopes import Domain


class ApiKey(Record, table=True):
    """A key with which a program, not a user, acts in a tenant."""

    domain = Domain.PEOPLE
    __tablename__ = "api_key"
    audited = True
    not_audited = {"last_used_at": "each use would be an entry", "expiry_notified_at": "the server sets it"}

    relations = {"created_by": BelongsTo("user", "created_by_id", "The user who created the key.")}

    tenant_id: uuid.UUID = Field(foreign_key="tenant.id", index=True, description="The tenant the key is valid in.")
    name: str = short_text("The name of the key, which describes its purpose.", max_length=100)
    role: Role = choice(Role, Role.MEMBER, "The role that the key grants.")
    scopes: str | None = names(
        "What the key may do, of what its role allows. Null if that is not restricted, except that it cannot place or "
        "cancel orders.",
        max_length=500,
        default=None,
    )
    prefix: str = short_text("The first characters of the key, to identify it in a list.", max_length=20)
    hash: str = sha256("The hash of the key.", unique=True)
    expires_at: datetime.datetime | None = timestamp("When it expires; null if it never does.", default=None)
    last_used_at: datetime.datetime | None = timestamp("When it was last used, precise to a minute.", default=None)
    expiry_notified_at: datetime.datetime | None = timestamp(
        "When the owners were notified that it will expire; null if they were not.", default=None
    )
    revoked_at: datetime.datetime | None = timestamp("When it was revoked.", default=None)
    created_by_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The user who created the key.")
