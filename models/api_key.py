"""An API key: a program that acts in one tenant."""

import datetime
import uuid

from sqlmodel import Field

from models.base import Record
from models.fields import choice, digest, line, moment
from models.membership import Role
from models.relations import One


class ApiKey(Record, table=True):
    """A key with which a program acts in a tenant; it is nobody in person."""

    __tablename__ = "api_key"

    relations = {"created_by": One("user", "created_by_id", "Whoever made it.")}

    tenant_id: uuid.UUID = Field(foreign_key="tenant.id", index=True, description="The tenant it acts in.")
    name: str = line("What it is for.", longest=100)
    role: Role = choice(Role, Role.MEMBER, "What it may do.")
    prefix: str = line("How it begins, to tell it from others.", longest=20)
    hash: str = digest("What is kept of the key.", unique=True)
    expires_at: datetime.datetime | None = moment("When it ceases to count; never unless given.", default=None)
    last_used_at: datetime.datetime | None = moment("When it was last used, to a minute.", default=None)
    revoked_at: datetime.datetime | None = moment("When it was revoked.", default=None)
    created_by_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="Whoever made it.")
