"""The second factor of the signed-in user."""

from functools import partial
from types import SimpleNamespace
from typing import Any

from inputs.session import ConfirmIdentityInput, ConfirmTwoFactorInput, StartTwoFactorInput, TwoFactorCodeInput
from models import User
from resolvers.context import Context
from resolvers.oidc import verify_id_token
from resolvers.own_password import confirm_own_password
from resolvers.passkey import prove_with_passkey
from resolvers.second_factor_codes import attempting_code, present_code
from resolvers.unpack import optional_value
from services.core.access import Access
from services.people import confirmation, second_factor
from services.people.second_factor import NewRecoveryCodes, NewSecondFactor, select_status


async def load_two_factor(context: Context, user: Any) -> Any:
    """The state of the signed-in user's second factor; None for other users, and for superusers who act as the
    user."""
    principal = await context.reader.principal()
    if user.id != principal.user_id or principal.impersonator_id is not None:
        return None
    row = await context.reader.row(select_status())
    return SimpleNamespace(is_enabled=row is not None, recovery_codes_left=row.recovery_codes if row else 0)


async def confirm_identity(context: Context, input: ConfirmIdentityInput) -> bool:
    proof = await _verify_proof(context, input)
    async with attempting_code(context, context.user_id, proof.code):
        return await context.write(Access.USER, partial(confirmation.confirm_identity, proof=proof))


async def _verify_proof(context: Context, input: ConfirmIdentityInput) -> confirmation.Proof:
    """Verify all but the code, which is used in the transaction that it permits."""
    password, token = optional_value(input.current_password), optional_value(input.id_token)
    identity = None if token is None else await verify_id_token(context, token, optional_value(input.nonce))
    if password is not None:
        await confirm_own_password(context, password)
    if (credential := optional_value(input.passkey)) is not None:
        await prove_with_passkey(context, credential)
    code = present_code(context, optional_value(input.code))
    return confirmation.Proof(code, password is not None, identity, has_used_passkey=credential is not None)


async def start_two_factor(context: Context, input: StartTwoFactorInput) -> NewSecondFactor:
    await confirm_own_password(context, optional_value(input.current_password))
    code, site = present_code(context, optional_value(input.code)), context.services.email_templates.site
    async with attempting_code(context, context.user_id, code):
        return await context.write(Access.USER, lambda work: second_factor.start_two_factor(work, code, site))


async def confirm_two_factor(context: Context, input: ConfirmTwoFactorInput) -> NewRecoveryCodes:
    code, notify = present_code(context, input.code), _notify(context)
    async with attempting_code(context, context.user_id, code):
        return await context.write(Access.USER, lambda work: second_factor.confirm_two_factor(work, code, notify))


async def disable_two_factor(context: Context, input: TwoFactorCodeInput) -> User:
    code, notify = present_code(context, input.code), _notify(context)
    async with attempting_code(context, context.user_id, code):
        return await context.write(Access.USER, lambda work: second_factor.disable_two_factor(work, code, notify))


async def regenerate_recovery_codes(context: Context, input: TwoFactorCodeInput) -> NewRecoveryCodes:
    code = present_code(context, input.code)
    async with attempting_code(context, context.user_id, code):
        return await context.write(Access.USER, lambda work: second_factor.regenerate_recovery_codes(work, code))


def _notify(context: Context) -> second_factor.Notify:
    return second_factor.notifier(context.services.mailer, context.services.email_templates)
