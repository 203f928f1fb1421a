"""Signing in and out, and staying signed in."""

from typing import Any

from models import Session
from resolvers.context import Context
from resolvers.cookies import drop_refresh_token, keep_refresh_token, sent_refresh_token
from resolvers.unpack import key
from schema.inputs.arguments import Id
from schema.inputs.session import LoginInput, RefreshTokenInput
from services import refresh, session
from services.access import Access
from services.errors import Unauthenticated
from services.session import SignedIn
from services.throttle import LOGIN_AT_ACCOUNT, LOGIN_FROM_ADDRESS
from services.unit_of_work import UnitOfWork
from services.validation import plain_address


async def login(context: Context, input: LoginInput) -> SignedIn:
    tools = context.tools
    at, by = LOGIN_AT_ACCOUNT.of(plain_address(input.email)), LOGIN_FROM_ADDRESS.of(context.network)
    await context.charge(by, at)
    user_id = await session.recognize(context.reader, tools.passwords, input.email, input.password)
    await context.pardon(at, by)
    device, days = context.origin.device, tools.session_days
    begun = await context.write_as(user_id, lambda work: session.sign_in(work, tools.tokens, device, days))
    context.become(user_id, begun.session_id)
    return keep_refresh_token(context, begun, input.refresh_token_in)


async def refresh_session(context: Context, input: RefreshTokenInput | None = None) -> SignedIn:
    token, transport = sent_refresh_token(context, _given(input))
    presented = await refresh.present(context.reader, token)
    if presented is None:
        raise refresh.ended()
    tokens = context.tools.tokens
    going_on = await context.write_as(presented.user_id, lambda work: refresh.exchange(work, tokens, presented))
    if going_on is None:
        raise refresh.ended()
    context.become(presented.user_id, presented.session_id)
    return keep_refresh_token(context, going_on, transport)


async def logout(context: Context, input: RefreshTokenInput | None = None) -> bool:
    token, _ = sent_refresh_token(context, _given(input))
    presented = await refresh.present(context.reader, token)
    drop_refresh_token(context)
    if presented is not None:
        await context.write_as(presented.user_id, lambda work: session.end_if_living(work, presented.session_id))
    elif token is None:
        await _end_current(context)
    return True


async def _end_current(context: Context) -> None:
    id = context.caller.session_id
    if id is None:
        raise Unauthenticated(context.problem)
    await context.write(Access.USER, lambda work: session.end_if_living(work, id))


async def logout_everywhere(context: Context) -> bool:
    await context.write(Access.USER, session.end_sessions)
    drop_refresh_token(context)
    return True


async def revoke_session(work: UnitOfWork, id: Id) -> Session:
    return await session.end_session(work, key("session", id), "id")


def is_current(context: Context, row: Any) -> bool:
    return bool(row.id == context.caller.session_id)


def _given(input: RefreshTokenInput | None) -> str | None:
    some = input.refresh_token if input is not None else None
    return some.value if some is not None else None
