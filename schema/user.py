"""User: type, and queries and mutations of the signed-in user."""

import datetime
from typing import Any

import strawberry

from inputs.dynamic_types import field
from models import User
from resolvers import profile
from resolvers.second_factor import load_two_factor
from resolvers.user import load_permissions, load_status
from schema.arguments import INFO, PARENT, with_signature
from schema.connection import connection_type
from schema.derive import field_description, lazy_type, object_type
from schema.impersonation import viewer_impersonation_field
from schema.mutations import TransactionRefusal, mutation, payload_field, row_field
from schema.node import Node
from schema.relations import has_one, to_many
from schema.requirements import root_field_requirements
from schema.root_fields import root_field
from schema.second_factor import TwoFactor
from schema.session import done_field, session_fields
from schema.sources import READS_PARENT_ONLY, rows_of
from services.core.access import Access


@strawberry.type(description="A user's status on the server.")
class UserStatus:
    is_active: bool = strawberry.field(description=field_description(User, "is_active"))
    is_superuser: bool = strawberry.field(description=field_description(User, "is_superuser"))
    last_login: datetime.datetime | None = strawberry.field(description=field_description(User, "last_login"))


async def _resolve_permissions(root: Any, info: Any) -> Any:
    return await load_permissions(info.context, root, root_field_requirements(info.schema._schema))


async def _resolve_status(root: Any, info: Any) -> Any:
    return await load_status(info.context, root)


async def _resolve_two_factor(root: Any, info: Any) -> Any:
    return await load_two_factor(info.context, root)


@object_type(User, "id", "email", "email_verified_at", "full_name", "created_at", "updated_at", "version")
class UserType(Node):
    memberships = to_many(User, "memberships", of_all_tenants=True)
    worker = has_one(User, "worker")
    tasks = to_many(User, "tasks")
    orders = to_many(User, "orders")
    sessions = to_many(User, "sessions")
    sign_in_events = to_many(User, "sign_in_events")
    linked_issuers = to_many(User, "linked_issuers")
    passkeys = to_many(User, "passkeys")
    permissions = field(
        resolver=with_signature(_resolve_permissions, PARENT, INFO),
        graphql_type=list[str] | None,
        description="The queries and mutations that the signed-in user may use in the current tenant; null for other "
        "users.",
        metadata=READS_PARENT_ONLY,
    )
    status = field(
        resolver=with_signature(_resolve_status, PARENT, INFO),
        graphql_type=UserStatus | None,
        description="The status on the server. Visible to superusers and the user themselves; null for others.",
    )
    two_factor = field(
        resolver=with_signature(_resolve_two_factor, PARENT, INFO),
        graphql_type=TwoFactor | None,
        description="The second factor of the signed-in user; null for other users, and for superusers who act as the "
        "user.",
    )
    impersonation = viewer_impersonation_field()


UserConnection = connection_type("user")


@strawberry.type
class UserQueries:
    viewer = root_field(
        profile.viewer,
        lazy_type("user"),
        access=Access.USER,
        sources=rows_of("user"),
        description="The signed-in user. The X-Tenant header is optional.",
    )


@strawberry.type
class UserMutations:
    register = mutation(
        profile.register,
        session_fields(),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.RETURNS_SECRETS,
        description="Register a user and sign in. An email with a link to verify the address is sent.",
    )
    update_viewer = mutation(
        profile.update_viewer,
        row_field("user"),
        access=Access.USER,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Update the signed-in user.",
    )
    change_password = mutation(
        profile.change_password,
        row_field("user"),
        access=Access.USER,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Change the password. All other sessions end.",
    )
    request_email_verification = mutation(
        profile.request_email_verification,
        done_field("True if an email is being sent; false if the address is already verified."),
        access=Access.USER,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Send an email with a link to verify the signed-in user's address.",
    )
    verify_email = mutation(
        profile.verify_email,
        {"user": payload_field(lazy_type("user"), lambda user: user, "The user who has verified the address.")},
        access=Access.USER,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Verify the signed-in user's email address with the token that was sent to it. If the user "
        "requested to change to this address, the change takes effect. A token of another account is INVALID.",
    )
    request_password_reset = mutation(
        profile.request_password_reset,
        done_field("Always true, whether or not there is a user with this address."),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.SENDS_EMAIL,
        description="Send an email with a link to set a new password.",
    )
    reset_password = mutation(
        profile.reset_password,
        done_field("True if the password is set."),
        access=Access.PUBLIC,
        refusal=TransactionRefusal.SEVERAL_TRANSACTIONS,
        description="Set a new password with the token from the email. All sessions end.",
    )
