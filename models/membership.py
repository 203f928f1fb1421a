"""A membership: a user in a tenant, with a role."""

import uuid

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Record
from models.choices import Choice
from models.fields import choice
from models.relations import BelongsTo
from models.scopes import Domain


class Role(Choice):
    """The role of a member in a tenant. OWNER includes the permissions of ADMIN, and ADMIN those of MEMBER."""

    OWNER = "OWNER", "Manages the tenant, its owners and its API keys; purges documents."
    ADMIN = "ADMIN", "Manages members, products, all orders and the ledger; publishes articles."
    MEMBER = (
        "MEMBER",
        "Manages tasks, projects, workers, teams and documents; drafts articles; places orders, and sees their own.",
    )


class Membership(Record, table=True):
    """The membership of a user in a tenant."""

    domain = Domain.PEOPLE
    audited = True
    __table_args__ = (UniqueConstraint("user_id", "tenant_id"),)
    relations = {
        "tenant": BelongsTo("tenant", "tenant_id", "The tenant that the user is a member of."),
        "user": BelongsTo("user", "user_id", "The user who is the member."),
    }

    tenant_id: uuid.UUID = Field(foreign_key="tenant.id", index=True, description="The id of the tenant.")
    user_id: uuid.UUID = Field(foreign_key="user.id", description="The id of the user.")
    role: Role = choice(Role, Role.MEMBER, "The role of the user in the tenant.")
