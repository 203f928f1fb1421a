"""Who may use what. Every root field of the schema names one of these levels."""

from enum import IntEnum

from models.membership import Role
from queries.caller import Actor
from services.errors import Forbidden, Unauthenticated


class Access(IntEnum):
    """The least a caller must be. Each level from MEMBER up is one in the current tenant."""

    PUBLIC = 0
    USER = 1
    MEMBER = 2
    ADMIN = 3
    OWNER = 4


_LEVELS = {Role.MEMBER: Access.MEMBER, Role.ADMIN: Access.ADMIN, Role.OWNER: Access.OWNER}


def level_of(actor: Actor) -> Access:
    """What the actor is."""
    if actor.user_id is None:
        return Access.PUBLIC
    return Access.USER if actor.role is None else _LEVELS[actor.role]


def require(actor: Actor, access: Access, problem: str | None = None) -> None:
    """Unauthenticated or Forbidden unless the actor is at least this."""
    if level_of(actor) >= access:
        return
    if actor.user_id is None:
        raise Unauthenticated(problem or "Sign in first: send an access token as `Authorization: Bearer …`.")
    if actor.role is None:
        raise Forbidden("You are no member of this tenant, or there is none such. Name yours in the X-Tenant header.")
    raise Forbidden(f"Only an {access.name.lower()} of the tenant may do this.")
