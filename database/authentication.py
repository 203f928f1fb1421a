"""Authentication: the credentials of a request, and the principal that they authenticate.

The first statement of every transaction is an identity statement: it looks up the user and the session, or the API
key, together with the tenant and the role. On PostgreSQL it also sets the variables that the row-level security
policies read.
"""

import uuid
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Text, and_, bindparam, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.transaction import Transaction
from models import ApiKey, Membership, SecondFactor, Session, Tenant, User
from models.base import UTCDateTime, utc_now
from models.ids import parse_id
from models.membership import Role
from models.relations import table_of
from models.second_factor_requirement import SecondFactorRequirement


@dataclass(slots=True)
class Credentials:
    """What a request presents: a user and a session from its verified token, or an API key; and a tenant by slug or id.

    Without a session, the server itself acts on behalf of the user. Not frozen, because each request builds one, and a
    frozen dataclass takes three times as long.
    """

    user_id: uuid.UUID | None = None
    tenant: str | None = None
    auth_error: str | None = None
    """Why the request's token was rejected."""
    session_id: uuid.UUID | None = None
    key_hash: str | None = None
    """The hash of the request's API key."""
    request_id: str | None = None
    """The id of the request, stored with the events that it causes."""
    group: Hashable = field(default=None, compare=False)
    """To which the request counts while it waits (database/shares.py); None for the server itself."""
    expires_at: float | None = field(default=None, compare=False)
    """When the access token expires, in seconds since the epoch; None if there is none."""

    @property
    def is_anonymous(self) -> bool:
        """Whether there is nothing to look up in the database."""
        return self.user_id is None and self.key_hash is None

    @property
    def lookup_key(self) -> tuple[Any, ...]:
        """What the principal depends on, for caches. Hashing an integer is faster than hashing a UUID."""
        user, session = self.user_id, self.session_id
        return user and user.int, session and session.int, self.key_hash, self.tenant

    @property
    def kind(self) -> str:
        """What is looked up: an API key, a session (with a tenant that the request names or not) or a user. The key of
        IDENTITY_STATEMENTS."""
        if self.key_hash is not None:
            return "key"
        if self.session_id is None:
            return "user"
        return "session" if self.tenant is not None else "session_without_tenant"


@dataclass(slots=True)
class SystemCredentials(Credentials):
    """Credentials of the server itself, for commands of its operator and for webhooks: a role in a tenant, by default
    that of an owner, without being a member.

    No request can present them.
    """

    tenant_id: uuid.UUID | None = None
    role: Role = Role.OWNER

    @property
    def is_anonymous(self) -> bool:
        return False


@dataclass(frozen=True)
class Principal:
    """An authenticated user or API key, the server itself with a role, or an anonymous client. Without a tenant there
    is no role."""

    user_id: uuid.UUID | None = None
    tenant_id: uuid.UUID | None = None
    role: Role | None = None
    is_superuser: bool = False
    session_id: uuid.UUID | None = None
    api_key_id: uuid.UUID | None = None
    scopes: str | None = None
    """The scopes of the API key, as they are stored; None if what its role allows is not restricted."""

    @property
    def is_anonymous(self) -> bool:
        """Whether this is neither a user nor an API key, nor the server itself with a role in a tenant."""
        return self.user_id is None and self.api_key_id is None and self.role is None

    @property
    def group(self) -> str | None:
        """The group of the tenant, or of the user (database/shares.py); None for an API key without a tenant."""
        if self.tenant_id is not None:
            return f"tenant:{self.tenant_id}"
        return None if self.user_id is None else user_group(self.user_id)

    @cached_property
    def scope_parameters(self) -> dict[str, Any]:
        """The parameters of every scoped statement (queries/scope.py). Not to be changed."""
        return {"tenant": self.tenant_id, "user": self.user_id, "sees_all": self.can_see_all}

    @property
    def can_see_all(self) -> bool:
        """Whether rows of other members are visible, such as their orders."""
        return self.role in (Role.ADMIN, Role.OWNER)


class MissingScope(Exception):
    """The scopes of the API key do not include what it reads or does."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This API key lacks the scope {scope}.")


ANONYMOUS = Principal()


def is_denial(credentials: Credentials, principal: Principal) -> bool:
    """Return whether the database has found neither a user nor a key with the credentials, or not in their tenant."""
    if credentials.is_anonymous:
        return False
    return principal.is_anonymous or (credentials.tenant is not None and principal.tenant_id is None)


def user_group(user_id: uuid.UUID) -> str:
    """Return the group of a user whose tenant is not confirmed."""
    return f"user:{user_id}"


async def authenticate(transaction: Transaction, credentials: Credentials) -> Principal:
    """Execute the identity statement; return the principal. Unknown, inactive or revoked credentials are anonymous."""
    if isinstance(credentials, SystemCredentials):
        return await _authenticate_system(transaction, credentials)
    if credentials.is_anonymous:
        return ANONYMOUS
    statement = IDENTITY_STATEMENTS[transaction.dialect][credentials.kind]
    rows = await transaction.rows(statement, identity_parameters(credentials))
    if not rows:
        return ANONYMOUS
    (row,) = rows
    role = row.role if row.tenant_id else None
    if credentials.key_hash is not None:
        return Principal(tenant_id=row.tenant_id, role=role, api_key_id=row.api_key_id, scopes=row.scopes)
    return Principal(row.user_id, row.tenant_id, role, row.is_superuser, credentials.session_id)


def identity_parameters(credentials: Credentials) -> dict[str, Any]:
    """Return the parameters of the credentials' identity statement."""
    return {
        "user": credentials.user_id,
        "session": credentials.session_id,
        "key": credentials.key_hash,
        "now": utc_now(),
        **tenant_parameters(credentials.tenant),
        "any_tenant": credentials.tenant is None,
    }


def tenant_parameters(tenant: str | None) -> dict[str, Any]:
    """Return the parameters of statements that look up the tenant that a request names by slug or id."""
    return {"slug": _slug_or_empty(tenant or ""), "tenant_id": parse_id("tenant", tenant or "")}


async def _authenticate_system(transaction: Transaction, credentials: SystemCredentials) -> Principal:
    if transaction.dialect == "postgresql":
        await transaction.rows(SET_TENANT, {"tenant_setting": str(credentials.tenant_id)})
    return Principal(tenant_id=credentials.tenant_id, role=credentials.role)


def _slug_or_empty(text: str) -> str:
    """Return the text if it may be a slug. PostgreSQL may reject other text, so return an empty string instead."""
    return text if text.isascii() and text.isprintable() else ""


# The identity statements

SET_TENANT = select(
    func.set_config("app.tenant_id", bindparam("tenant_setting", type_=Text()), True).label("tenant_setting")
)
"""Sets the tenant of row-level security until the transaction ends, on PostgreSQL."""


async def set_tenant(connection: AsyncConnection, tenant_id: uuid.UUID) -> None:
    """Set the tenant of row-level security for a transaction of an engine, which does not authenticate."""
    if connection.dialect.name == "postgresql":
        await connection.execute(SET_TENANT, {"tenant_setting": str(tenant_id)})


_NOW = bindparam("now", type_=UTCDateTime())


def _is_requested(tenant: Any) -> ColumnElement[bool]:
    return or_(tenant.c.slug == bindparam("slug"), tenant.c.id == bindparam("tenant_id"))


def _is_open(tenant: Any) -> ColumnElement[bool]:
    """A closed tenant is treated as if it did not exist."""
    is_open: ColumnElement[bool] = tenant.c.closed_at.is_(None)
    return is_open


def _membership_in_requested_tenant() -> ColumnElement[bool]:
    membership, tenant = table_of(Membership), table_of(Tenant)
    return membership.c.tenant_id.in_(select(tenant.c.id).where(_is_requested(tenant), _is_open(tenant)))


def _only_membership() -> ColumnElement[bool]:
    """The membership of a user who is a member of one open tenant only: such a user need not name it."""
    membership, other = table_of(Membership), table_of(Membership).alias("other")
    is_another = (other.c.user_id == membership.c.user_id, other.c.tenant_id != membership.c.tenant_id)
    others = select(other.c.id).where(*is_another, _is_in_open_tenant(other))
    return and_(_is_in_open_tenant(membership), ~others.exists())


def _is_in_open_tenant(membership: Any) -> ColumnElement[bool]:
    tenant = table_of(Tenant).alias()
    return select(tenant.c.id).where(tenant.c.id == membership.c.tenant_id, _is_open(tenant)).exists()


def has_required_factor(membership: Any) -> ColumnElement[bool]:
    """Return the condition that the member has a second factor, or that the tenant requires none of them. Without it,
    the user is treated as if they were no member."""
    tenant, factor = table_of(Tenant).alias("requiring"), table_of(SecondFactor)
    everyone = tenant.c.require_two_factor == SecondFactorRequirement.EVERYONE
    owners = and_(tenant.c.require_two_factor == SecondFactorRequirement.OWNERS, membership.c.role == Role.OWNER)
    requiring = select(tenant.c.id).where(tenant.c.id == membership.c.tenant_id, or_(everyone, owners))
    factors = select(factor.c.user_id).where(factor.c.user_id == membership.c.user_id, factor.c.secret.is_not(None))
    return or_(~requiring.exists(), factors.exists())


def select_unmet_requirement(user_id: uuid.UUID, tenant: str | None) -> Select[Any]:
    """Select the tenant that a request of this user would act in if the user had a second factor, which it requires.
    The statement needs the `tenant_parameters`."""
    membership = table_of(Membership)
    condition = _only_membership() if tenant is None else _membership_in_requested_tenant()
    is_unmet = (membership.c.user_id == user_id, condition, ~has_required_factor(membership))
    return select(membership.c.tenant_id).where(*is_unmet)


def select_tenant_of(user_id: Any, tenant: str | None) -> ColumnElement[uuid.UUID]:
    """Select the tenant that a request of this user acts in, which it names by slug or id or not at all; null if there
    is none. `user_id` is an expression. The statement needs the `tenant_parameters`."""
    membership = table_of(Membership)
    condition = _only_membership() if tenant is None else _membership_in_requested_tenant()
    query = select(membership.c.tenant_id).where(membership.c.user_id == user_id, condition)
    return query.scalar_subquery()


def _user_statement(condition: ColumnElement[bool]) -> Select[Any]:
    """Select a user, with the membership that matches the condition."""
    user, membership = table_of(User), table_of(Membership)
    is_member = and_(membership.c.user_id == user.c.id, condition, has_required_factor(membership))
    columns = (user.c.id.label("user_id"), user.c.is_superuser, membership.c.tenant_id, membership.c.role)
    source = user.outerjoin(membership, is_member)
    return select(*columns).select_from(source).where(user.c.id == bindparam("user"), user.c.is_active)


def _session_statement(condition: ColumnElement[bool]) -> Select[Any]:
    """The user statement; it returns no row unless the session is the user's and has not ended."""
    user, session = table_of(User), table_of(Session)
    is_active = session.c.revoked_at.is_(None) & (session.c.expires_at > _NOW)
    sessions = select(session.c.id).where(
        session.c.id == bindparam("session"), session.c.user_id == user.c.id, is_active
    )
    return _user_statement(condition).where(sessions.exists())


def _key_statement() -> Select[Any]:
    """An API key acts in its own tenant only: the request may omit the tenant, but not name another."""
    key, tenant = table_of(ApiKey), table_of(Tenant)
    is_requested = or_(bindparam("any_tenant", type_=Boolean()), _is_requested(tenant))
    is_own = and_(tenant.c.id == key.c.tenant_id, is_requested, _is_open(tenant))
    columns = (key.c.id.label("api_key_id"), tenant.c.id.label("tenant_id"), key.c.role, key.c.scopes)
    return (
        select(*columns)
        .select_from(key.outerjoin(tenant, is_own))
        .where(
            key.c.hash == bindparam("key"),
            key.c.revoked_at.is_(None),
            or_(key.c.expires_at.is_(None), key.c.expires_at > _NOW),
        )
    )


def _with_settings(statement: Select[Any]) -> Select[Any]:
    """Add columns that set the variables of the row-level security policies until the transaction ends."""
    columns = statement.selected_columns
    user = cast(columns.user_id, Text) if "user_id" in columns else ""
    tenant = func.coalesce(cast(columns.tenant_id, Text), "")
    return statement.add_columns(
        func.set_config("app.user_id", user, True).label("_user"),
        func.set_config("app.tenant_id", tenant, True).label("_tenant"),
    )


_PLAIN_STATEMENTS = {
    "user": _user_statement(_membership_in_requested_tenant()),
    "session": _session_statement(_membership_in_requested_tenant()),
    "session_without_tenant": _session_statement(_only_membership()),
    "key": _key_statement(),
}
IDENTITY_STATEMENTS = {
    "sqlite": _PLAIN_STATEMENTS,
    "postgresql": {kind: _with_settings(statement) for kind, statement in _PLAIN_STATEMENTS.items()},
}
"""The first statement of a transaction, by dialect and by the kind of credentials."""
