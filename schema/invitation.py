"""Invitation: type and mutations."""

import strawberry

from models import Invitation
from resolvers import invitation
from schema.connection import connection_type
from schema.derive import object_type
from schema.mutations import TransactionRefusal, mutation, row_field, row_mutation
from schema.node import Node
from schema.relations import history_field, to_one
from services.core.access import Access

_COLUMNS = ("id", "email", "role", "expires_at", "accepted_at", "revoked_at", "created_at", "updated_at", "version")


@object_type(Invitation, *_COLUMNS)
class InvitationType(Node):
    tenant = to_one(Invitation, "tenant")
    invited_by = to_one(Invitation, "invited_by")
    history = history_field()


InvitationConnection = connection_type("invitation")


@strawberry.type
class InvitationMutations:
    invite_member = mutation(
        invitation.invite_member,
        row_field("invitation"),
        access=Access.ADMIN_USER_ONLY,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Invite a person to the current tenant by email, with or without an account. Inviting the same "
        "address again renews the invitation and invalidates the previous email. Only owners can invite owners. "
        "It requires a verified email address.",
    )
    accept_invitation = mutation(
        invitation.accept_invitation,
        row_field("membership"),
        access=Access.USER,
        refusal=TransactionRefusal.SEVERAL_TRANSACTIONS,
        description="Accept an invitation and become a member. It must have been sent to the email address of the"
        " signed-in user; without an account, register with that address first. The X-Tenant header is optional.",
    )
    revoke_invitation = row_mutation(
        "invitation",
        invitation.revoke_invitation,
        access=Access.ADMIN_USER_ONLY,
        description="Revoke an invitation: its email becomes invalid. Only owners can revoke invitations of owners.",
    )
