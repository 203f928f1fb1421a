"""Who is calling: what a request claims, and what the database says of it in the first statement of a transaction."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, and_, bindparam, cast, func, or_, select

from models import Membership, Tenant, User
from models.ids import parse_id
from models.membership import Role
from models.relations import table_of
from queries.transaction import Transaction


@dataclass(frozen=True)
class Caller:
    """What a request claims to be, its token verified: a user, and the tenant it names by slug or id."""

    user_id: uuid.UUID | None = None
    tenant: str | None = None
    problem: str | None = None
    """Why a token that was sent does not count."""
    request_id: str | None = None
    """The request that it calls in."""


@dataclass(frozen=True)
class Operator(Caller):
    """The program itself, at the command of whoever runs the server: in a tenant without being anybody there. No
    request makes one."""

    tenant_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Actor:
    """What a caller turned out to be. Without a tenant there is no role; without a user there is neither."""

    user_id: uuid.UUID | None = None
    tenant_id: uuid.UUID | None = None
    role: Role | None = None
    is_superuser: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """What every scoped statement is run with (queries/scope.py)."""
        return {"tenant": self.tenant_id, "user": self.user_id, "sees_all": self.sees_all}

    @property
    def sees_all(self) -> bool:
        """Whether they see what belongs to other members, such as their orders."""
        return self.role in (Role.ADMIN, Role.OWNER)


NOBODY = Actor()


async def identify(transaction: Transaction, caller: Caller) -> Actor:
    """Open a transaction for a caller: one round trip checks the user, the membership and the role, and tells
    PostgreSQL whom its policies let see what. A user who is unknown or inactive is nobody."""
    if isinstance(caller, Operator):
        return await _entered(transaction, caller)
    if caller.user_id is None:
        return NOBODY
    parameters = {
        "caller": caller.user_id,
        "slug": _slug(caller.tenant or ""),
        "tenant_id": parse_id("tenant", caller.tenant or ""),
    }
    found = await transaction.rows(_OPENINGS[transaction.dialect], parameters)
    if not found:
        return NOBODY
    (row,) = found
    return Actor(row.id, row.tenant_id, row.role, row.is_superuser)


async def _entered(transaction: Transaction, operator: Operator) -> Actor:
    if transaction.dialect == "postgresql":
        entering = select(func.set_config("app.tenant_id", bindparam("entered", type_=Text()), True).label("entered"))
        await transaction.rows(entering, {"entered": str(operator.tenant_id)})
    return Actor(tenant_id=operator.tenant_id, role=Role.OWNER)


def _slug(text: str) -> str:
    """What may be a slug; of anything else, which PostgreSQL might not even take as text, the slug that nobody has."""
    return text if text.isascii() and text.isprintable() else ""


def _opening() -> Select[Any]:
    user, tenant, membership = table_of(User), table_of(Tenant), table_of(Membership)
    named = or_(tenant.c.slug == bindparam("slug"), tenant.c.id == bindparam("tenant_id"))
    member = and_(membership.c.user_id == user.c.id, membership.c.tenant_id.in_(select(tenant.c.id).where(named)))
    found = select(user.c.id, user.c.is_superuser, membership.c.tenant_id, membership.c.role)
    return found.select_from(user.outerjoin(membership, member)).where(
        user.c.id == bindparam("caller"), user.c.is_active
    )


def _telling(opening: Select[Any]) -> Select[Any]:
    """The opening, which also sets what PostgreSQL's policies read until the transaction ends."""
    found = opening.selected_columns
    user, tenant = cast(found.id, Text), func.coalesce(cast(found.tenant_id, Text), "")
    return opening.add_columns(
        func.set_config("app.user_id", user, True).label("_user"),
        func.set_config("app.tenant_id", tenant, True).label("_tenant"),
    )


_OPENINGS = {"sqlite": _opening(), "postgresql": _telling(_opening())}
