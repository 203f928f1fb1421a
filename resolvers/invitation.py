"""Invitations: create, accept, revoke."""

from inputs.arguments import Id
from inputs.invitation import InvitationToken, InviteMemberInput
from models import Invitation, Membership
from resolvers.context import Context
from resolvers.unpack import decode_id, provided_fields
from services.core.access import Access
from services.core.unit_of_work import UnitOfWork
from services.core.validation import normalize_email
from services.people import invitation, rate_limit


async def invite_member(context: Context, input: InviteMemberInput) -> Invitation:
    services, values = context.services, provided_fields(input)
    address_attempt = rate_limit.INVITE_ADDRESS.attempt_by(normalize_email(values["email"]))
    await context.consume_rate_limit(rate_limit.INVITE.attempt_by(str(context.user_id)), address_attempt)
    return await context.write(
        Access.ADMIN_USER_ONLY,
        lambda work: invitation.invite_member(work, services.mailer, services.email_templates, values),
    )


async def accept_invitation(context: Context, token: InvitationToken) -> Membership:
    await context.consume_rate_limit(rate_limit.TOKEN.attempt_by(context.client_network))
    return await context.write(Access.USER, lambda work: invitation.accept_invitation(work, token))


async def revoke_invitation(work: UnitOfWork, id: Id) -> Invitation:
    return await invitation.revoke_invitation(work, decode_id("invitation", id))
