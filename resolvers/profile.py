"""What people do with what is their own, and how they get back into it."""

from typing import Any

from dataloaders.rows import Rows
from models import User
from models.mailed_token import Purpose
from resolvers.context import Context
from resolvers.cookies import keep_refresh_token
from resolvers.unpack import given
from schema.inputs.arguments import ExpectedVersion
from schema.inputs.session import ChangePasswordInput, RegisterInput, ResetPasswordInput
from schema.inputs.user import EmailInput, MailedTokenInput, UpdateViewerInput
from services import mailed, passwords, profile, session, throttle
from services.access import Access
from services.session import SignedIn
from services.unit_of_work import UnitOfWork


async def viewer(context: Context) -> Any:
    return await context.loaders.get(Rows, "user").load(context.user_id)


async def register(context: Context, input: RegisterInput) -> SignedIn:
    tools = context.tools
    values = profile.checked_newcomer({"email": input.email, "full_name": input.full_name}, input.password)
    await context.charge(throttle.REGISTER.of(context.network))
    hash = await tools.passwords.hash(input.password)

    async def enter(work: UnitOfWork) -> SignedIn:
        user = await profile.register(work, values, hash)
        await mailed.ask_to_verify(work, user, user.email, tools.mailer, tools.letters)
        return await session.begin(work, tools.tokens, user, context.origin.device, tools.session_days)

    begun = await context.write(Access.PUBLIC, enter)
    context.become(begun.user.id, begun.session_id)
    return keep_refresh_token(context, begun, input.refresh_token_in)


async def update_viewer(context: Context, input: UpdateViewerInput, expected_version: ExpectedVersion = None) -> User:
    values, email, password = profile.checked_changes(given(input))
    if email is not None:
        await _confirm(context, password)
        await context.charge(throttle.LETTER_TO_ACCOUNT.of(str(context.user_id)))

    async def change(work: UnitOfWork) -> User:
        user = await profile.update(work, values, expected_version)
        if email not in (None, user.email):
            await mailed.ask_to_verify(work, user, email, context.tools.mailer, context.tools.letters)
        return user

    return await context.write(Access.USER, change)


async def change_password(context: Context, input: ChangePasswordInput) -> User:
    me = await viewer(context)
    passwords.check(input.new_password, "input", "new_password", about=(me.email, me.full_name))
    await _confirm(context, input.current_password)
    tools = context.tools
    hash = await tools.passwords.hash(input.new_password)
    return await context.write(
        Access.USER, lambda work: profile.change_password(work, hash, tools.mailer, tools.letters)
    )


async def _confirm(context: Context, password: str) -> None:
    attempt = throttle.CONFIRM.of(str(context.user_id))
    await context.charge(attempt)
    await session.confirm(context.reader, context.tools.passwords, context.user_id, password)
    await context.pardon(attempt)


async def request_email_verification(context: Context) -> bool:
    await context.charge(throttle.LETTER_TO_ACCOUNT.of(str(context.user_id)))
    mailer, letters = context.tools.mailer, context.tools.letters
    return await context.write(Access.USER, lambda work: profile.ask_to_verify(work, mailer, letters))


async def verify_email(context: Context, input: MailedTokenInput) -> User:
    await context.charge(throttle.TOKEN.of(context.network))
    shown = await mailed.present(context.reader, input.token, Purpose.VERIFY_EMAIL)
    mailer, letters = context.tools.mailer, context.tools.letters
    return await context.write_as(shown.user_id, lambda work: mailed.verify(work, shown, mailer, letters))


async def request_password_reset(context: Context, input: EmailInput) -> bool:
    """Who has the address is looked up in the background, so that the answer comes alike for everybody."""
    email = profile.checked_address(input.email)
    by = throttle.LETTER_FROM_ADDRESS.of(context.network)
    await context.charge(by, throttle.LETTER_TO_ACCOUNT.of(email))
    mailer, letters = context.tools.mailer, context.tools.letters
    context.later(lambda work: mailed.mail_reset(work, email, mailer, letters), "mailing a link for a new password")
    return True


async def reset_password(context: Context, input: ResetPasswordInput) -> bool:
    passwords.check(input.new_password, "input", "new_password")
    await context.charge(throttle.TOKEN.of(context.network))
    shown = await mailed.present(context.reader, input.token, Purpose.RESET_PASSWORD)
    hash = await context.tools.passwords.hash(input.new_password)
    user = await context.write_as(shown.user_id, lambda work: mailed.reset(work, shown, hash))
    await context.pardon(throttle.LOGIN_AT_ACCOUNT.of(user.email))
    return True
