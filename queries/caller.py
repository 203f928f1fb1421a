"""Who is calling: what a request claims, and what the database says of it in the first statement of a transaction."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Text, and_, bindparam, cast, func, or_, select

from models import ApiKey, Membership, Session, Tenant, User
from models.base import UTCDateTime, now
from models.ids import parse_id
from models.membership import Role
from models.relations import table_of
from queries.transaction import Transaction


@dataclass(frozen=True)
class Caller:
    """What a request claims to be, its token verified: a user in a session of theirs, or an API key; and the tenant it
    names by slug or id. A user without a session is somebody whom this program itself acts for."""

    user_id: uuid.UUID | None = None
    tenant: str | None = None
    problem: str | None = None
    """Why a token that was sent does not count."""
    session_id: uuid.UUID | None = None
    key_hash: str | None = None
    """The hash of the API key that was sent."""
    request_id: str | None = None
    """The request that it calls in."""

    @property
    def is_anonymous(self) -> bool:
        """Whether it claims nothing, so that there is nothing to ask the database."""
        return self.user_id is None and self.key_hash is None

    @property
    def kind(self) -> str:
        """Which opening is theirs."""
        if self.key_hash is not None:
            return "key"
        return "session" if self.session_id is not None else "user"


@dataclass(frozen=True)
class Operator(Caller):
    """The program itself, at the command of whoever runs the server: in a tenant without being anybody there. No
    request makes one."""

    tenant_id: uuid.UUID | None = None

    @property
    def is_anonymous(self) -> bool:
        return False


@dataclass(frozen=True)
class Actor:
    """What a caller turned out to be: nobody, a person, or an API key. Without a tenant there is no role."""

    user_id: uuid.UUID | None = None
    tenant_id: uuid.UUID | None = None
    role: Role | None = None
    is_superuser: bool = False
    session_id: uuid.UUID | None = None
    api_key_id: uuid.UUID | None = None

    @property
    def is_nobody(self) -> bool:
        """Whether nobody known is there: neither a person nor a key."""
        return self.user_id is None and self.api_key_id is None

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
    """Open a transaction for a caller: one round trip checks the user and their session, or the key, with the tenant
    and the role, and tells PostgreSQL whom its policies let see what. Who is unknown, inactive, signed out or revoked
    is nobody."""
    if isinstance(caller, Operator):
        return await _entered(transaction, caller)
    if caller.is_anonymous:
        return NOBODY
    found = await transaction.rows(OPENINGS[transaction.dialect][caller.kind], opening_parameters(caller))
    if not found:
        return NOBODY
    (row,) = found
    role = row.role if row.tenant_id else None
    if caller.key_hash is not None:
        return Actor(tenant_id=row.tenant_id, role=role, api_key_id=row.api_key_id)
    return Actor(row.user_id, row.tenant_id, role, row.is_superuser, caller.session_id)


def opening_parameters(caller: Caller) -> dict[str, Any]:
    """What the caller's opening is run with."""
    tenant = caller.tenant or ""
    return {
        "caller": caller.user_id,
        "session": caller.session_id,
        "key": caller.key_hash,
        "at": now(),
        "slug": _slug(tenant),
        "tenant_id": parse_id("tenant", tenant),
        "anywhere": caller.tenant is None,
    }


async def _entered(transaction: Transaction, operator: Operator) -> Actor:
    if transaction.dialect == "postgresql":
        entering = select(func.set_config("app.tenant_id", bindparam("entered", type_=Text()), True).label("entered"))
        await transaction.rows(entering, {"entered": str(operator.tenant_id)})
    return Actor(tenant_id=operator.tenant_id, role=Role.OWNER)


def _slug(text: str) -> str:
    """What may be a slug; of anything else, which PostgreSQL might not even take as text, the slug that nobody has."""
    return text if text.isascii() and text.isprintable() else ""


_AT = bindparam("at", type_=UTCDateTime())


def _named(tenant: Any) -> ColumnElement[bool]:
    """The tenant that the caller names."""
    return or_(tenant.c.slug == bindparam("slug"), tenant.c.id == bindparam("tenant_id"))


def _open(tenant: Any) -> ColumnElement[bool]:
    """A tenant that was closed is as good as none."""
    is_open: ColumnElement[bool] = tenant.c.closed_at.is_(None)
    return is_open


def _user_opening() -> Select[Any]:
    user, tenant, membership = table_of(User), table_of(Tenant), table_of(Membership)
    meant = select(tenant.c.id).where(_named(tenant), _open(tenant))
    member = and_(membership.c.user_id == user.c.id, membership.c.tenant_id.in_(meant))
    found = select(user.c.id.label("user_id"), user.c.is_superuser, membership.c.tenant_id, membership.c.role)
    return found.select_from(user.outerjoin(membership, member)).where(
        user.c.id == bindparam("caller"), user.c.is_active
    )


def _session_opening() -> Select[Any]:
    """The user's, if the session is theirs and has not ended."""
    user, session = table_of(User), table_of(Session)
    living = session.c.revoked_at.is_(None) & (session.c.expires_at > _AT)
    theirs = select(session.c.id).where(session.c.id == bindparam("session"), session.c.user_id == user.c.id, living)
    return _user_opening().where(theirs.exists())


def _key_opening() -> Select[Any]:
    """A key acts in its own tenant only; it need not name it, and must not name another."""
    key, tenant = table_of(ApiKey), table_of(Tenant)
    meant = or_(bindparam("anywhere", type_=Boolean()), _named(tenant))
    its_own = and_(tenant.c.id == key.c.tenant_id, meant, _open(tenant))
    found = select(key.c.id.label("api_key_id"), tenant.c.id.label("tenant_id"), key.c.role)
    return found.select_from(key.outerjoin(tenant, its_own)).where(
        key.c.hash == bindparam("key"),
        key.c.revoked_at.is_(None),
        or_(key.c.expires_at.is_(None), key.c.expires_at > _AT),
    )


def _telling(opening: Select[Any]) -> Select[Any]:
    """The opening, which also sets what PostgreSQL's policies read until the transaction ends."""
    found = opening.selected_columns
    user = cast(found.user_id, Text) if "user_id" in found else ""
    tenant = func.coalesce(cast(found.tenant_id, Text), "")
    return opening.add_columns(
        func.set_config("app.user_id", user, True).label("_user"),
        func.set_config("app.tenant_id", tenant, True).label("_tenant"),
    )


_PLAIN = {"user": _user_opening(), "session": _session_opening(), "key": _key_opening()}
OPENINGS = {"sqlite": _PLAIN, "postgresql": {kind: _telling(opening) for kind, opening in _PLAIN.items()}}
"""The statement that a transaction opens with, by engine and by the caller's kind."""
