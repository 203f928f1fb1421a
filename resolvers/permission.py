"""What a caller may do, and may know of others."""

from collections.abc import Mapping
from typing import Any

from resolvers.context import Context
from services.access import Access, is_allowed


async def permissions(context: Context, user: Any, fields: Mapping[str, Access]) -> list[str] | None:
    """Those of these fields that the caller may use in the current tenant; None when they ask of somebody else."""
    if user.id != context.caller.user_id:
        return None
    actor = await context.reader.actor()
    return sorted(name for name, access in fields.items() if is_allowed(actor, access))


async def status(context: Context, user: Any) -> Any:
    """The user, if the caller may know how they stand with the server: they themselves, and superusers."""
    actor = await context.reader.actor()
    return user if actor.is_superuser or user.id == actor.user_id else None
