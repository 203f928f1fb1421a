"""Sign-in with ID tokens, and links between users and accounts at issuers."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from inputs.arguments import Id
from inputs.session import LinkIssuerInput, LoginWithIssuerInput
from models import LinkedIssuer
from resolvers.context import Context
from resolvers.limited_attempts import limiting_refusals
from resolvers.own_password import confirm_own_password
from resolvers.second_factor_codes import attempting_code, present_code
from resolvers.session import session_options, start_session
from resolvers.unpack import decode_id, optional_value
from services.core.access import Access
from services.core.unit_of_work import UnitOfWork
from services.people import rate_limit
from services.people.oidc import links
from services.people.oidc.id_token import Identity, InvalidIdToken
from services.people.oidc.links import Notify, notifier
from services.people.oidc.sign_in import RedeemedToken, begin_session_with_issuer, find_user_id, redeem
from services.people.oidc.used_tokens import RefusedIdToken, id_token_problem
from services.people.second_factor import PresentedCode
from services.people.session import SessionTokens


async def login_with_issuer(context: Context, input: LoginWithIssuerInput) -> SessionTokens:
    invitation_token = await _count_invitation_token(context, input)
    identity = await verify_id_token(context, input.id_token, optional_value(input.nonce))
    code = present_code(context, optional_value(input.code))
    with _recording_refusal(context, identity):
        redeemed = await _redeem(context, identity, invitation_token, code)
    options = session_options(context, identity.issuer.url)
    tokens = await context.write_as(redeemed.user_id, lambda work: begin_session_with_issuer(work, options, redeemed))
    return start_session(context, tokens, input.refresh_token_in)


async def _redeem(
    context: Context, identity: Identity, invitation_token: str | None, code: PresentedCode
) -> RedeemedToken:
    known_user_id = await find_user_id(context.reader, identity) if code.value else None
    use_case = partial(redeem, identity=identity, invitation_token=invitation_token, code=code, notify=_notify(context))
    async with attempting_code(context, known_user_id, code):
        redeemed: RedeemedToken = await context.write(Access.PUBLIC, use_case, replayable=False)
    return redeemed


@contextmanager
def _recording_refusal(context: Context, identity: Identity) -> Iterator[None]:
    """Record after the response that a valid token was refused: the unit of work that refuses it is rolled back."""
    try:
        yield
    except RefusedIdToken:
        record = partial(links.record_refused_sign_in, identity=identity)
        context.run_in_background(record, "recording a refused ID token")
        raise


async def link_issuer(context: Context, input: LinkIssuerInput) -> LinkedIssuer:
    identity = await verify_id_token(context, input.id_token, optional_value(input.nonce))
    await confirm_own_password(context, optional_value(input.current_password))
    return await context.write(Access.USER, lambda work: links.link_issuer(work, identity, _notify(context)))


async def unlink_issuer(work: UnitOfWork, id: Id) -> UUID:
    return await links.unlink_issuer(work, decode_id("linked_issuer", id))


async def _count_invitation_token(context: Context, input: LoginWithIssuerInput) -> str | None:
    """Return the token of the invitation; RateLimited if the network has presented too many."""
    token: str | None = optional_value(input.invitation_token)
    if token is not None:
        await context.consume_rate_limit(rate_limit.TOKEN.attempt_by(context.client_network))
    return token


async def verify_id_token(context: Context, token: str, nonce: str | None) -> Identity:
    """Verify the token. Refused ones are limited by network; what is refused does not depend on the accounts of this
    server."""
    await _load_keys(context, token)
    async with limiting_refusals(context, rate_limit.ID_TOKEN.attempt_by(context.client_network), RefusedIdToken):
        try:
            return context.services.id_tokens.verify(token, nonce)
        except InvalidIdToken as invalid:
            raise id_token_problem(str(invalid)) from None


async def _load_keys(context: Context, token: str) -> None:
    """Wait for the keys that the token needs, without a place among the executed requests."""
    keys = context.services.id_tokens.find_unloaded(token)
    if keys is not None:
        await context.reset_reads()
        async with context.without_place():
            with context.signal.stopping_task():
                await keys.load()


def _notify(context: Context) -> Notify:
    return notifier(context.services.mailer, context.services.email_templates)
