"""Passkeys: add, rename, remove; sign in and confirm the identity with one."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from inputs.arguments import ExpectedVersion, Id
from inputs.passkey import AddPasskeyInput, LoginWithPasskeyInput, UpdatePasskeyInput
from models import Passkey
from models.passkey import ChallengePurpose
from resolvers.context import Context
from resolvers.limited_attempts import limiting_refusals
from resolvers.session import session_options, start_session
from resolvers.unpack import decode_id, provided_fields
from services.core import records
from services.core.access import Access
from services.core.unit_of_work import UnitOfWork
from services.people import rate_limit
from services.people.login import sign_in
from services.people.passkeys import passkey
from services.people.passkeys.answers import Answer, RefusedPasskey, parse_answer
from services.people.passkeys.challenges import use_challenge
from services.people.passkeys.relying_party import RelyingParty, require_relying_party
from services.people.passkeys.sign_in import (
    RefusedKnownPasskey,
    UsedPasskey,
    kind_of_refusal,
    start_login,
    use_passkey,
)
from services.people.session import SessionTokens
from services.people.sign_in_events import record_sign_in_event


async def start_passkey_registration(context: Context) -> dict[str, Any]:
    party = await _count_challenge(context, str(context.user_id))
    return await context.write(Access.USER, lambda work: passkey.start_registration(work, party))


async def start_passkey_login(context: Context) -> dict[str, Any]:
    party = await _count_challenge(context, context.client_network)
    return await context.write(Access.PUBLIC, lambda work: start_login(work, party), replayable=False)


async def start_passkey_confirmation(context: Context) -> dict[str, Any]:
    party = await _count_challenge(context, str(context.user_id))
    return await context.write(Access.USER, lambda work: passkey.start_confirmation(work, party))


async def add_passkey(context: Context, input: AddPasskeyInput) -> Passkey:
    party, notify = require_relying_party(context.services.relying_party), _notify(context)
    name = passkey.check_name(input.name)  # before the challenge is used, so that the answer can be sent again
    async with _limiting_refusals(context):
        answer = await _use_challenge(context, ChallengePurpose.REGISTER, input.credential)
        add = partial(passkey.add_passkey, party=party, answer=answer, name=name, notify=notify)
        return await context.write(Access.USER, add)


async def update_passkey(
    work: UnitOfWork, id: Id, input: UpdatePasskeyInput, expected_version: ExpectedVersion = None
) -> Passkey:
    renamed: Passkey = await records.update(
        work, Passkey, decode_id("passkey", id), provided_fields(input), expected_version
    )
    return renamed


async def delete_passkey(context: Context, id: Id) -> UUID:
    key, notify = decode_id("passkey", id), _notify(context)
    return await context.write(Access.USER, lambda work: passkey.delete_passkey(work, key, notify))


async def login_with_passkey(context: Context, input: LoginWithPasskeyInput) -> SessionTokens:
    used = await _prove(context, ChallengePurpose.LOGIN, input.credential)
    options = session_options(context, used.detail)
    tokens = await context.write_as(used.user_id, lambda work: sign_in(work, options))
    return start_session(context, tokens, input.refresh_token_in)


async def prove_with_passkey(context: Context, credential: Any) -> None:
    """Reject unless the answer is of a passkey of the signed-in user."""
    await _prove(context, ChallengePurpose.CONFIRM, credential, context.user_id)


async def _prove(
    context: Context, purpose: ChallengePurpose, credential: Any, expected_user_id: UUID | None = None
) -> UsedPasskey:
    """Use the challenge in a transaction of its own, so that it is used up even if the answer is refused."""
    party = require_relying_party(context.services.relying_party)
    async with _limiting_refusals(context):
        answer = await _use_challenge(context, purpose, credential)
        use = partial(use_passkey, party=party, answer=answer, expected_user_id=expected_user_id)
        with _recording_refusal(context, purpose):
            used: UsedPasskey = await context.write(Access.PUBLIC, use, replayable=False)
    return used


async def _use_challenge(context: Context, purpose: ChallengePurpose, credential: Any) -> Answer:
    answer = parse_answer(credential)
    access = Access.PUBLIC if purpose is ChallengePurpose.LOGIN else Access.USER
    await context.write(access, lambda work: use_challenge(work, purpose, answer), replayable=False)
    return answer


async def _count_challenge(context: Context, subject: str) -> RelyingParty:
    """Count the challenge that will be stored."""
    party = require_relying_party(context.services.relying_party)
    await context.consume_rate_limit(rate_limit.PASSKEY_CHALLENGE.attempt_by(subject))
    return party


def _limiting_refusals(context: Context) -> AbstractAsyncContextManager[None]:
    """Limit answers that are refused, by network."""
    return limiting_refusals(context, rate_limit.PASSKEY.attempt_by(context.client_network), RefusedPasskey)


@contextmanager
def _recording_refusal(context: Context, purpose: ChallengePurpose) -> Iterator[None]:
    """Record after the response that a passkey of a user was refused: the unit of work is rolled back."""
    try:
        yield
    except RefusedKnownPasskey as refused:
        kind, subject = kind_of_refusal(purpose), refused.subject
        context.run_in_background(lambda work: record_sign_in_event(work, kind, subject), "recording a refused passkey")
        raise


def _notify(context: Context) -> passkey.Notify:
    return passkey.notifier(context.services.mailer, context.services.email_templates)
