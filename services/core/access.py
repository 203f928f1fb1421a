"""Access levels. Every root field of the schema declares the level that it requires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import Executable

from database.authentication import Credentials, Principal
from database.identity_statements import select_unmet_requirement, tenant_parameters
from database.log_order import LogOrder
from models.base import utc_now
from models.membership import Role
from models.scopes import Scope, grants
from queries.access import select_confirmed_session
from queries.own_tenants import select_own_slugs
from services.core.errors import ConfirmationRequired, Forbidden, SecondFactorMissing, Unauthenticated

MAX_LISTED_TENANTS = 20
RANKS_IN_TENANT = range(2, 5)
"""The ranks of roles in a tenant."""
CONFIRMATION_TIME = timedelta(minutes=10)
"""How long a proof of identity counts for fields that need one."""


class RowSource(Protocol):
    """Runs queries: a unit of work or a request's reader."""

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[Any]:
        """Run a scoped statement and return its rows."""


class LogSource(RowSource, Protocol):
    """Runs queries that follow logs."""

    @property
    def log_order(self) -> LogOrder:
        """The order of the logs."""


class Access(Enum):
    """The minimum rank of a principal, and whether it must be a user.

    Ranks from MEMBER to OWNER are roles in the current tenant. API keys have them too, except for the levels USER_ONLY:
    members, API keys and the tenant itself are managed by users only. A superuser administers the server
    without being a member of any tenant.
    """

    PUBLIC = 0, False
    USER = 1, True
    MEMBER = 2, False
    MEMBER_USER_ONLY = 2, True
    ADMIN = 3, False
    ADMIN_USER_ONLY = 3, True
    OWNER = 4, False
    OWNER_USER_ONLY = 4, True
    SUPERUSER = 5, True

    def __init__(self, rank: int, requires_user: bool) -> None:  # noqa: FBT001
        self.rank = rank
        self.requires_user = requires_user
        self.requires_tenant = rank in RANKS_IN_TENANT
        """Whether the level is a role in a tenant."""
        self.level = self
        """The level itself: a requirement has one, too."""
        self.needs_confirmation = self.needs_own_session = False
        """A level alone requires no more than the rank (see Requirement)."""


@dataclass(frozen=True)
class Requirement:
    """What a root field requires: a level of access, and of an API key also a scope."""

    level: Access
    scope: Scope | None = None
    """None if API keys cannot use the field, or if it is public."""
    key_level: Access | None = None
    """The level that API keys need instead, and only with scopes: keys without any could not use the field before there
    were scopes."""
    needs_confirmation: bool = False
    """Whether users must have proved who they are a moment ago: a stolen access token is not enough."""
    needs_own_session: bool = False
    """Whether users must act in person, and no superuser can act as them."""


_ROLE_RANKS = {Role.MEMBER: Access.MEMBER.rank, Role.ADMIN: Access.ADMIN.rank, Role.OWNER: Access.OWNER.rank}


def is_allowed(principal: Principal, required: Access | Requirement) -> bool:
    """Return whether the principal has this level of access, and an API key the scope."""
    if principal.impersonator_id is not None and required.needs_own_session:
        return False
    if principal.api_key_id is not None and isinstance(required, Requirement):
        return not _lacks_scope(principal, required) and _has_level(principal, required.key_level or required.level)
    return _has_level(principal, required.level)


def _lacks_scope(key: Principal, required: Requirement) -> bool:
    if required.key_level is not None and key.scopes is None:
        return True
    return required.scope is not None and not grants(key.scopes, required.scope)


def _has_level(principal: Principal, access: Access) -> bool:
    if access.requires_user and principal.user_id is None:
        return False
    if access is Access.SUPERUSER:
        return principal.is_superuser
    if not access.requires_tenant:
        return True
    return principal.role is not None and _ROLE_RANKS[principal.role] >= access.rank


def require_access(principal: Principal, required: Access | Requirement, auth_error: str | None = None) -> None:
    """Raise Unauthenticated or Forbidden unless the principal has this level of access, and an API key the scope."""
    if not is_allowed(principal, required):
        raise _build_denial(principal, required, auth_error)


async def require_confirmation(source: RowSource, principal: Principal, required: Access | Requirement) -> None:
    """Raise ConfirmationRequired if the field needs a user to have proved who they are a moment ago, and the user of
    this session has not. It takes a statement for such fields only."""
    if not required.needs_confirmation or principal.session_id is None:
        return
    since = utc_now() - CONFIRMATION_TIME
    if not await source.rows(select_confirmed_session(), session=principal.session_id, since=since):
        raise ConfirmationRequired


async def raise_denial(
    source: RowSource,
    credentials: Credentials,
    principal: Principal,
    required: Access | Requirement,
    auth_error: str | None,
) -> None:
    """Raise Unauthenticated or Forbidden for a principal without this access. If the request names no tenant and its
    user is a member of several, the error lists them; if the tenant requires a second factor, the error says so."""
    if principal.impersonator_id is not None:
        raise _build_impersonation_denial(principal, required)
    if required.level.requires_tenant and principal.user_id and principal.role is None:
        tenant = credentials.tenant
        if await source.rows(select_unmet_requirement(principal.user_id, tenant), **tenant_parameters(tenant)):
            raise SecondFactorMissing
    if required.level.requires_tenant and principal.user_id and principal.role is None and credentials.tenant is None:
        rows = await source.rows(select_own_slugs(principal.user_id, MAX_LISTED_TENANTS + 1))
        raise _build_choice([row.slug for row in rows])
    raise _build_denial(principal, required, auth_error)


def _build_choice(slugs: Sequence[str]) -> Forbidden:
    if not slugs:
        return Forbidden("You are not a member of any tenant. Create one, or accept an invitation.")
    listed = slugs[:MAX_LISTED_TENANTS]
    rest = " and others" if len(slugs) > len(listed) else ""
    message = f"You are a member of several tenants. Send one of them in X-Tenant: {', '.join(listed)}{rest}."
    return Forbidden(message, listed)


def _build_denial(principal: Principal, required: Access | Requirement, auth_error: str | None) -> Exception:
    access = required.level
    if principal.impersonator_id is not None:
        return _build_impersonation_denial(principal, required)
    if principal.api_key_id is not None:
        return _build_key_denial(principal, required)
    if principal.is_anonymous:
        return Unauthenticated(auth_error or "Sign in first: send an access token as `Authorization: Bearer …`.")
    if access is Access.SUPERUSER:
        return Forbidden("Only superusers of the server can do this.")
    if principal.role is None:
        return Forbidden(
            "You are not a member of this tenant, or it does not exist. Send your tenant's slug or id in X-Tenant."
        )
    return _build_role_denial(access)


def _build_impersonation_denial(principal: Principal, required: Access | Requirement) -> Forbidden:
    """It discloses no other tenant of the user."""
    if required.level is Access.SUPERUSER or required.needs_own_session:
        return Forbidden("Only users themselves can do this, not a superuser who acts as them (endImpersonation).")
    if principal.role is None:
        return Forbidden("You act as a user in one tenant, of which the user is not a member any more, or another one.")
    return _build_role_denial(required.level)


def _build_key_denial(key: Principal, required: Access | Requirement) -> Forbidden:
    level = (isinstance(required, Requirement) and required.key_level) or required.level
    if level.requires_user:
        return Forbidden("API keys cannot do this. A signed-in user is required.")
    if key.role is None:
        return Forbidden(
            "This API key belongs to another tenant. Omit the X-Tenant header, or send the key's own tenant in it."
        )
    if isinstance(required, Requirement) and required.scope is not None and _lacks_scope(key, required):
        return Forbidden(f"This API key lacks the scope {required.scope.name}.")
    return _build_role_denial(level)


def _build_role_denial(level: Access) -> Forbidden:
    return Forbidden(f"Only an {level.name.split('_')[0].lower()} of the tenant can do this.")
