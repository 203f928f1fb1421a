"""Invitations: writing, accepting and revoking them."""

from models import Invitation, Membership
from resolvers.context import Context
from resolvers.unpack import given, key
from schema.inputs.arguments import Id
from schema.inputs.invitation import InvitationToken, InviteMemberInput
from services import invitation, throttle
from services.access import Access
from services.unit_of_work import UnitOfWork
from services.validation import plain_address


async def invite_member(context: Context, input: InviteMemberInput) -> Invitation:
    tools, values = context.tools, given(input)
    to = throttle.INVITE_ADDRESS.of(plain_address(values["email"]))
    await context.charge(throttle.INVITE.of(str(context.user_id)), to)
    return await context.write(
        Access.ADMIN_IN_PERSON,
        lambda work: invitation.invite_member(work, tools.mailer, tools.letters, values),
    )


async def accept_invitation(context: Context, token: InvitationToken) -> Membership:
    await context.charge(throttle.TOKEN.of(context.network))
    return await context.write(Access.USER, lambda work: invitation.accept_invitation(work, token))


async def revoke_invitation(work: UnitOfWork, id: Id) -> Invitation:
    return await invitation.revoke_invitation(work, key("invitation", id))
