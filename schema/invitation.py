"""Invitations in the contract."""

import strawberry

from models import Invitation
from resolvers import invitation
from schema.connection import connection_of
from schema.derive import shows
from schema.mutations import changes, mutation, row
from schema.node import Node
from schema.relations import one
from services.access import Access

_SHOWN = ("id", "email", "role", "expires_at", "accepted_at", "revoked_at", "created_at", "updated_at", "version")


@shows(Invitation, *_SHOWN)
class InvitationType(Node):
    tenant = one(Invitation, "tenant")
    invited_by = one(Invitation, "invited_by")


InvitationConnection = connection_of("invitation")


@strawberry.type
class InvitationMutations:
    invite_member = mutation(
        invitation.invite_member,
        row("invitation"),
        allows=Access.ADMIN_IN_PERSON,
        description="Invite somebody by a letter, whether or not they have an account yet. To invite an address again"
        " renews its invitation, and the letter before is void. Only owners invite owners.",
    )
    accept_invitation = mutation(
        invitation.accept_invitation,
        row("membership"),
        allows=Access.USER,
        description="Become a member. The letter must have gone to the address of whoever is signed in; somebody"
        " without an account registers with that address first. Needs no tenant.",
    )
    revoke_invitation = changes(
        "invitation",
        invitation.revoke_invitation,
        allows=Access.ADMIN_IN_PERSON,
        description="Withdraw an invitation: its letter is void. Only owners revoke those for owners.",
    )
