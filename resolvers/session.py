"""Signing in, and who is signed in."""

from typing import Any

from dataloaders.rows import Rows
from resolvers.context import Context
from schema.inputs.session import LoginInput
from services import session
from services.access import Access


async def login(context: Context, input: LoginInput) -> session.SignedIn:
    user_id = await session.recognize(context.reader, context.tools.passwords, input.email, input.password)
    tools, device = context.tools, context.origin.device
    signed_in = await context.write(
        Access.PUBLIC, lambda work: session.sign_in(work, tools.tokens, user_id, device, tools.session_days)
    )
    context.become(signed_in.user.id, signed_in.session_id)
    return signed_in


async def viewer(context: Context) -> Any:
    return await context.loaders.get(Rows, "user").load(context.user_id)
