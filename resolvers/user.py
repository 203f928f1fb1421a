"""Fields of users that depend on the principal."""

from collections.abc import Mapping
from typing import Any

from resolvers.context import Context
from services.core.access import Requirement, is_allowed


async def load_permissions(context: Context, user: Any, fields: Mapping[str, Requirement]) -> list[str] | None:
    """The names of the root fields that the signed-in user may use in the current tenant; None for other users."""
    if user.id != context.credentials.user_id:
        return None
    principal = await context.reader.principal()
    return sorted(name for name, required in fields.items() if is_allowed(principal, required))


async def load_status(context: Context, user: Any) -> Any:
    """The user, as the parent of its status, for themselves and for superusers; None for others."""
    principal = await context.reader.principal()
    return user if principal.is_superuser or user.id == principal.user_id else None
