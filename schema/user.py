"""People in the contract: who they are, and what they do with their own account."""

import datetime
from typing import Any

import strawberry

from models import User
from resolvers import profile
from resolvers.permission import permissions, status
from schema.arguments import INFO, PARENT, signed
from schema.connection import connection_of
from schema.derive import described, shows, type_of
from schema.inputs.build import field
from schema.mutations import mutation, shown
from schema.node import Node
from schema.relations import many
from schema.roots import access_of_fields, root
from schema.session import done, signed_in
from services.access import Access


@strawberry.type(description="How somebody stands with the server.")
class UserStatus:
    is_active: bool = strawberry.field(description=described(User, "is_active"))
    is_superuser: bool = strawberry.field(description=described(User, "is_superuser"))
    last_login: datetime.datetime | None = strawberry.field(description=described(User, "last_login"))


async def _permissions(root: Any, info: Any) -> Any:
    return await permissions(info.context, root, access_of_fields(info.schema._schema))


async def _status(root: Any, info: Any) -> Any:
    return await status(info.context, root)


@shows(User, "id", "email", "email_verified_at", "full_name", "created_at", "updated_at", "version")
class UserType(Node):
    memberships = many(User, "memberships")
    orders = many(User, "orders")
    sessions = many(User, "sessions")
    permissions = field(
        resolver=signed(_permissions, PARENT, INFO),
        graphql_type=list[str] | None,
        description="The queries and mutations that they may use in the current tenant; of others than oneself null.",
    )
    status = field(
        resolver=signed(_status, PARENT, INFO),
        graphql_type=UserStatus | None,
        description="How they stand with the server: for superusers and for themselves, for others null.",
    )


UserConnection = connection_of("user")


@strawberry.type
class UserQueries:
    viewer = root(
        profile.viewer, type_of("user"), allows=Access.USER, description="Whoever is signed in. Needs no tenant."
    )


def _user(description: str) -> dict[str, Any]:
    return {"user": shown(type_of("user"), lambda user: user, description)}


@strawberry.type
class UserMutations:
    register = mutation(
        profile.register,
        signed_in(),
        allows=Access.PUBLIC,
        secret=True,
        description="Become a user, and sign in. A letter asks to confirm the address.",
    )
    update_viewer = mutation(
        profile.update_viewer,
        _user("Oneself as it is now."),
        allows=Access.USER,
        description="Change oneself.",
    )
    change_password = mutation(
        profile.change_password,
        _user("Oneself; null if nothing was done."),
        allows=Access.USER,
        description="Set another password. All other sessions end.",
    )
    request_email_verification = mutation(
        profile.request_email_verification,
        done("True if a letter is on its way; false if the address was confirmed already."),
        allows=Access.USER,
        description="Have a letter sent that asks to confirm one's address.",
    )
    verify_email = mutation(
        profile.verify_email,
        _user("Whose address it is."),
        allows=Access.PUBLIC,
        description="Confirm an address with the token that was sent there. A changed address takes effect.",
    )
    request_password_reset = mutation(
        profile.request_password_reset,
        done("Always true: whether there is somebody with this address is not told."),
        allows=Access.PUBLIC,
        description="Have a letter sent that lets somebody who forgot their password set a new one.",
    )
    reset_password = mutation(
        profile.reset_password,
        done("True once the password is set."),
        allows=Access.PUBLIC,
        description="Set a new password with the token from the letter. All sessions end.",
    )
