"""What clients send about invitations."""

from typing import Annotated

import strawberry

from models import Invitation
from schema.inputs.derive import creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters

InvitationToken = Annotated[str, strawberry.argument(description="What stood in the letter's link.")]


@creates(Invitation, "email", "role", title="InviteMemberInput")
class InviteMemberInput: ...


@filters(Invitation, "id", "email", "role", "expires_at", "accepted_at", "revoked_at", "created_at", "updated_at")
class InvitationWhere: ...


InvitationOrder = order_input(Invitation, "id", "email", "role", "expires_at", "created_at", "updated_at")
