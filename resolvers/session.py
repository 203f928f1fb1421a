"""Sessions: log in, refresh, log out, revoke."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inputs.arguments import Id
from inputs.session import LoginInput, RefreshTokenInput, TokenTransport
from models import Session
from resolvers.context import Context
from resolvers.cookies import clear_refresh_cookie, deliver_refresh_token, read_refresh_token
from resolvers.second_factor_codes import attempting_code, present_code
from resolvers.unpack import decode_id, optional_value
from services.core.access import Access
from services.core.errors import Unauthenticated
from services.core.unit_of_work import UnitOfWork
from services.core.validation import normalize_email
from services.people import refresh, session
from services.people.login import WrongCredentials, sign_in_with_code, verify_login
from services.people.session import SessionOptions, SessionTokens
from services.people.sign_in_events import record_failed_login


async def login(context: Context, input: LoginInput) -> SessionTokens:
    email_and_password, options = (input.email, input.password), session_options(context)
    passwords, network = context.passwords, context.client_network
    with _recording_failure(context, input.email):
        user_id = await verify_login(context, context.reader, passwords, network, email_and_password)
    code = present_code(context, optional_value(input.code))
    async with attempting_code(context, user_id, code):
        tokens = await context.write_as(user_id, lambda work: sign_in_with_code(work, options, code))
    return start_session(context, tokens, input.refresh_token_in)


@contextmanager
def _recording_failure(context: Context, email: str) -> Iterator[None]:
    """Record a failed log-in after the response, which takes the same time for known and unknown addresses."""
    try:
        yield
    except WrongCredentials:
        account = normalize_email(email)
        context.run_in_background(lambda work: record_failed_login(work, account), "recording a failed login")
        raise


async def refresh_session(context: Context, input: RefreshTokenInput | None = None) -> SessionTokens:
    token, transport = read_refresh_token(context, _token_value(input))
    tokens = await refresh.refresh_session(context.reader, context.write_as, context.services.tokens, token)
    return start_session(context, tokens, transport)


def session_options(context: Context, method: str | None = None) -> SessionOptions:
    """Return the options for a session that begins in this request, for a user who signs in with a password or with
    another method."""
    return SessionOptions(context.services.tokens, context.client_info.device, context.services.session_days, method)


def start_session(context: Context, tokens: SessionTokens, transport: TokenTransport) -> SessionTokens:
    """Continue the request as the session's user, and deliver the refresh token."""
    context.switch_user(tokens.user.id, tokens.session_id)
    return deliver_refresh_token(context, tokens, transport)


async def logout(context: Context, input: RefreshTokenInput | None = None) -> bool:
    token, _ = read_refresh_token(context, _token_value(input))
    presented = await refresh.load_presented(context.reader, token)
    clear_refresh_cookie(context)
    if presented is not None:
        await context.write_as(presented.user_id, lambda work: session.log_out(work, presented.session_id))
    elif token is None:
        await _end_current(context)
    return True


async def _end_current(context: Context) -> None:
    session_id = context.credentials.session_id
    if session_id is None:
        raise Unauthenticated(context.auth_error)
    await context.write(Access.USER, lambda work: session.log_out(work, session_id), replayable=False)


async def logout_everywhere(context: Context) -> bool:
    done = await context.write(Access.USER, _end_all_sessions)
    clear_refresh_cookie(context)
    return done


async def _end_all_sessions(work: UnitOfWork) -> bool:
    await session.revoke_sessions(work)
    return True


async def revoke_other_sessions(work: UnitOfWork) -> bool:
    await session.revoke_sessions(work, except_id=work.principal.session_id)
    return True


async def revoke_session(work: UnitOfWork, id: Id) -> Session:
    return await session.end_session(work, decode_id("session", id), "id")


def is_current(context: Context, row: Any) -> bool:
    return bool(row.id == context.credentials.session_id)


def _token_value(input: RefreshTokenInput | None) -> str | None:
    refresh_token = input.refresh_token if input is not None else None
    return refresh_token.value if refresh_token is not None else None
