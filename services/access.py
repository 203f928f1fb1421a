"""Who may use what. Every root field of the schema names one of these levels."""

from enum import Enum

from models.membership import Role
from queries.caller import Actor
from services.errors import Forbidden, Unauthenticated


class Access(Enum):
    """The least a caller must be: a rank, and whether it takes a person. From MEMBER on the rank is one in the current
    tenant, and API keys have it as well, unless it says IN_PERSON: what has to do with people, keys and the tenant
    itself is never done by a program. A superuser administers the server, and is for that no member of any tenant."""

    PUBLIC = 0, False
    USER = 1, True
    MEMBER = 2, False
    MEMBER_IN_PERSON = 2, True
    ADMIN = 3, False
    ADMIN_IN_PERSON = 3, True
    OWNER = 4, False
    OWNER_IN_PERSON = 4, True
    SUPERUSER = 5, True

    def __init__(self, rank: int, in_person: bool) -> None:  # noqa: FBT001
        self.rank = rank
        self.in_person = in_person

    @property
    def in_tenant(self) -> bool:
        """Whether it takes a tenant."""
        return Access.MEMBER.rank <= self.rank <= Access.OWNER.rank


_RANKS = {Role.MEMBER: Access.MEMBER.rank, Role.ADMIN: Access.ADMIN.rank, Role.OWNER: Access.OWNER.rank}


def is_allowed(actor: Actor, access: Access) -> bool:
    """Whether the actor is at least this."""
    if access.in_person and actor.user_id is None:
        return False
    if access is Access.SUPERUSER:
        return actor.is_superuser
    if not access.in_tenant:
        return True
    return actor.role is not None and _RANKS[actor.role] >= access.rank


def require(actor: Actor, access: Access, problem: str | None = None) -> None:
    """Unauthenticated or Forbidden unless the actor is at least this."""
    if not is_allowed(actor, access):
        raise _refusal(actor, access, problem)


def _refusal(actor: Actor, access: Access, problem: str | None) -> Exception:
    if actor.is_nobody:
        return Unauthenticated(problem or "Sign in first: send an access token as `Authorization: Bearer …`.")
    if access.in_person and actor.api_key_id is not None:
        return Forbidden("An API key cannot do this: it takes a person who is signed in.")
    if access is Access.SUPERUSER:
        return Forbidden("Only a superuser of the server may do this.")
    if actor.role is None and actor.api_key_id is not None:
        return Forbidden("This API key belongs to another tenant. Leave the X-Tenant header out, or name its own.")
    if actor.role is None:
        return Forbidden("You are no member of this tenant, or there is none such. Name yours in the X-Tenant header.")
    return Forbidden(f"Only an {access.name.split('_')[0].lower()} of the tenant may do this.")
