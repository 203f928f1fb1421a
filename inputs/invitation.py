"""Inputs, filter and order of invitations."""

from typing import Annotated

import strawberry

from inputs.derive import create_input
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Invitation

InvitationToken = Annotated[str, strawberry.argument(description="The token from the link in the invitation email.")]


@create_input(Invitation, "email", "role", graphql_name="InviteMemberInput")
class InviteMemberInput: ...


@filter_input(Invitation, "id", "email", "role", "expires_at", "accepted_at", "revoked_at", "created_at", "updated_at")
class InvitationWhere: ...


InvitationOrder = order_input(Invitation, "id", "email", "role", "expires_at", "created_at", "updated_at")
