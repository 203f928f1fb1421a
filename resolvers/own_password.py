"""Confirmation of the signed-in user's own password."""

from resolvers.context import Context
from services.people.login import confirm_password, has_password


async def confirm_own_password(context: Context, password: str | None) -> None:
    """Reject a wrong password, unless the user has none."""
    if await has_password(context.reader, context.user_id):
        with context.passwords.admit(context.queue_client) as admitted:
            await confirm_password(context, context.reader, admitted, context.user_id, password or "")
