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

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.citus import set_local_tenant
from database.identity_statements import IDENTITY_STATEMENTS, tenant_parameters
from database.transaction import Transaction
from models.base import utc_now
from models.membership import Role


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
    impersonator_id: uuid.UUID | None = None
    """The superuser who acts as the user; None if the user acts in person."""

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
        account = self.user_id if self.impersonator_id is None else None
        return {"tenant": self.tenant_id, "user": self.user_id, "account": account, "sees_all": self.can_see_all}

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
    impersonator_id = None if credentials.session_id is None else row.impersonator_id
    return Principal(
        row.user_id,
        row.tenant_id,
        role,
        row.is_superuser,
        credentials.session_id,
        impersonator_id=impersonator_id,
    )


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


async def _authenticate_system(transaction: Transaction, credentials: SystemCredentials) -> Principal:
    if transaction.dialect == "postgresql":
        await transaction.rows(SET_TENANT, {"tenant_setting": str(credentials.tenant_id)})
    return Principal(tenant_id=credentials.tenant_id, role=credentials.role)


SET_TENANT = select(
    func.set_config("app.tenant_id", bindparam("tenant_setting", type_=Text()), True).label("tenant_setting")
)
"""Sets the tenant of row-level security until the transaction ends, on PostgreSQL. Transactions on Citus send SET LOCAL
instead (database/citus_transaction.py)."""


async def set_tenant(connection: AsyncConnection, tenant_id: uuid.UUID | None) -> None:
    """Set the tenant of row-level security, or none, for a transaction of an engine, which does not authenticate."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(set_local_tenant(tenant_id))
