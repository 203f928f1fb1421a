"""A membership: a user in a tenant, with a role."""

import uuid

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Record
from models.choices import Choice
from models.fields import choice
from models.relations import One


class Role(Choice):
    """What a member may do in a tenant; each role may do all that the ones below it may."""

    OWNER = "OWNER", "Manages the tenant itself, its API keys and purging."
    ADMIN = "ADMIN", "Manages members, products, all orders, the ledger and the audit."
    MEMBER = "MEMBER", "Does the work, and places and sees their own orders."


class Membership(Record, table=True):
    """A user's place in a tenant."""

    __table_args__ = (UniqueConstraint("user_id", "tenant_id"),)
    relations = {
        "tenant": One("tenant", "tenant_id", "The tenant."),
        "user": One("user", "user_id", "The user."),
    }

    tenant_id: uuid.UUID = Field(foreign_key="tenant.id", index=True, description="The tenant.")
    user_id: uuid.UUID = Field(foreign_key="user.id", description="The user.")
    role: Role = choice(Role, Role.MEMBER, "What the member may do.")
