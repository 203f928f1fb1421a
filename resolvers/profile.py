"""The signed-in user's own account: registration, profile, password, email verification."""

from functools import partial
from typing import Any

from dataloaders.rows import RowLoader
from inputs.arguments import ExpectedVersion
from inputs.session import ChangePasswordInput, RegisterInput, ResetPasswordInput
from inputs.user import EmailInput, MailedTokenInput, UpdateViewerInput
from models import User
from resolvers.context import Context
from resolvers.session import session_options, start_session
from resolvers.unpack import provided_fields
from services.core.access import Access
from services.core.unit_of_work import UnitOfWork
from services.people import email_tokens, passwords, profile, rate_limit, registration
from services.people.login import confirm_password
from services.people.session import SessionTokens


async def viewer(context: Context) -> Any:
    return await context.loaders.get(RowLoader, "user").load(context.user_id)


async def register(context: Context, input: RegisterInput) -> SessionTokens:
    services, options = context.services, session_options(context)
    values = {"email": input.email, "full_name": input.full_name}
    user = await registration.prepare(context, context.passwords, context.client_network, values, input.password)
    tokens = await context.write(
        Access.PUBLIC,
        lambda work: registration.register(work, user, options, services.mailer, services.email_templates),
    )
    return start_session(context, tokens, input.refresh_token_in)


async def update_viewer(context: Context, input: UpdateViewerInput, expected_version: ExpectedVersion = None) -> User:
    services = context.services
    changes = profile.validate_changes(provided_fields(input))
    admit = partial(context.passwords.admit, context.queue_client)
    await profile.confirm_email_change(context, context.reader, admit, context.user_id, changes)
    return await context.write(
        Access.USER,
        lambda work: profile.update(work, changes, expected_version, services.mailer, services.email_templates),
    )


async def change_password(context: Context, input: ChangePasswordInput) -> User:
    user, services = await viewer(context), context.services
    passwords.validate_password(input.new_password, "input", "new_password", personal_data=(user.email, user.full_name))
    with context.passwords.admit(context.queue_client) as admitted:
        await confirm_password(context, context.reader, admitted, context.user_id, input.current_password)
        hash = await admitted.hash(input.new_password)
    return await context.write(
        Access.USER, lambda work: profile.change_password(work, hash, services.mailer, services.email_templates)
    )


async def request_email_verification(context: Context) -> bool:
    await context.consume_rate_limit(rate_limit.EMAIL_TO_ACCOUNT.attempt_by(str(context.user_id)))
    mailer, templates = context.services.mailer, context.services.email_templates
    return await context.write(Access.USER, lambda work: profile.request_email_verification(work, mailer, templates))


async def verify_email(context: Context, input: MailedTokenInput) -> User:
    await context.consume_rate_limit(rate_limit.TOKEN.attempt_by(context.client_network))
    mailer, templates = context.services.mailer, context.services.email_templates
    return await context.write(
        Access.USER, lambda work: email_tokens.verify_email(work, input.token, mailer, templates)
    )


async def request_password_reset(context: Context, input: EmailInput) -> bool:
    """Look up the user in the background, so that the response time does not reveal whether the address is known.

    The use case writes nothing itself: it runs in a unit of work so that an Idempotency-Key applies to it.
    """
    email = profile.validate_email(input.email)
    client_attempt = rate_limit.EMAIL_FROM_ADDRESS.attempt_by(context.client_network)
    await context.consume_rate_limit(client_attempt, rate_limit.EMAIL_TO_ACCOUNT.attempt_by(email))
    return await context.write(Access.PUBLIC, lambda work: _send_password_reset(context, work, email))


async def _send_password_reset(context: Context, work: UnitOfWork, email: str) -> bool:
    mailer, templates = context.services.mailer, context.services.email_templates

    async def start() -> None:
        context.run_in_background(
            lambda background: email_tokens.send_password_reset(background, email, mailer, templates),
            "sending a password reset email",
        )

    work.after_commit.append(start)
    return True


async def reset_password(context: Context, input: ResetPasswordInput) -> bool:
    passwords.validate_password(input.new_password, "input", "new_password")
    with context.passwords.admit(context.queue_client) as admitted:
        await context.consume_rate_limit(rate_limit.TOKEN.attempt_by(context.client_network))
        token = await email_tokens.load_presented(context.reader, input.token)
        hash = await admitted.hash(input.new_password)
    user = await _write_password(context, token, hash)
    await context.reset_rate_limit(rate_limit.LOGIN_AT_ACCOUNT.attempt_by(user.email))
    return True


async def _write_password(context: Context, token: email_tokens.PresentedEmailToken, hash: str) -> User:
    mailer, templates = context.services.mailer, context.services.email_templates
    return await context.write_as(
        token.user_id, lambda work: email_tokens.reset_password(work, token, hash, mailer, templates)
    )
