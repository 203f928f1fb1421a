"""Access levels. Every root field of the schema declares the level that it requires."""

from enum import Enum

from database.authentication import Principal
from models.membership import Role
from services.core.errors import Forbidden, Unauthenticated


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

    @property
    def requires_tenant(self) -> bool:
        """Whether the level is a role in a tenant."""
        return Access.MEMBER.rank <= self.rank <= Access.OWNER.rank


_ROLE_RANKS = {Role.MEMBER: Access.MEMBER.rank, Role.ADMIN: Access.ADMIN.rank, Role.OWNER: Access.OWNER.rank}


def is_allowed(principal: Principal, access: Access) -> bool:
    """Return whether the principal has this level of access."""
    if access.requires_user and principal.user_id is None:
        return False
    if access is Access.SUPERUSER:
        return principal.is_superuser
    if not access.requires_tenant:
        return True
    return principal.role is not None and _ROLE_RANKS[principal.role] >= access.rank


def require_access(principal: Principal, access: Access, auth_error: str | None = None) -> None:
    """Raise Unauthenticated or Forbidden unless the principal has this level of access."""
    if not is_allowed(principal, access):
        raise _build_denial(principal, access, auth_error)


def _build_denial(principal: Principal, access: Access, auth_error: str | None) -> Exception:
    if principal.is_anonymous:
        return Unauthenticated(auth_error or "Sign in first: send an access token as `Authorization: Bearer …`.")
    if access.requires_user and principal.api_key_id is not None:
        return Forbidden("API keys cannot do this. A signed-in user is required.")
    if access is Access.SUPERUSER:
        return Forbidden("Only superusers of the server can do this.")
    if principal.role is None and principal.api_key_id is not None:
        return Forbidden(
            "This API key belongs to another tenant. Omit the X-Tenant header, or send the key's own tenant in it."
        )
    if principal.role is None:
        return Forbidden(
            "You are not a member of this tenant, or it does not exist. Send your tenant's slug or id in X-Tenant."
        )
    return Forbidden(f"Only an {access.name.split('_')[0].lower()} of the tenant can do this.")
