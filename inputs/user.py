"""Inputs about the signed-in user; inputs, filter and order of all users for superusers."""

import datetime
from typing import Annotated

import strawberry

from inputs.derive import create_input
from inputs.dynamic_types import field, maybe, required_argument
from inputs.filter_types import filter_input
from inputs.keys import key_input
from inputs.order_by import order_input
from models import User

_STATUS_COLUMNS = ("is_active", "is_superuser", "last_login", "email_verified_at")


@strawberry.input(description="Changes to the signed-in user. Omitted fields stay unchanged.")
class UpdateViewerInput:
    full_name: maybe(str | None) = field(description="The full name. 1 to 100 characters.", default=None)  # type: ignore[valid-type]
    email: maybe(str | None) = field(  # type: ignore[valid-type]
        description="A new email address. It takes effect when the link in the email sent to it is opened.",
        default=None,
    )
    current_password: maybe(str | None) = field(  # type: ignore[valid-type]
        description="The current password. Required to change the email address.", default=None
    )


@strawberry.input(description="An email address.")
class EmailInput:
    email: str = field(description="The email address; case does not matter.")


@strawberry.input(description="The token from the link in an email.")
class MailedTokenInput:
    token: str = field(description="The part of the link after `#token=`.")


@create_input(User, "email", "full_name", graphql_name="NewUserInput")
class NewUserInput: ...


UserBy = required_argument(key_input(User, "UserKey", "id", "email"), "The id or the email address of the user.")
UserIds = Annotated[list[strawberry.ID], strawberry.argument(description="The ids of the users; at most 1,000.")]
ChangedBefore = Annotated[
    datetime.datetime, strawberry.argument(description="Delete users who were last changed before this time.")
]
AfterUser = Annotated[
    strawberry.ID | None, strawberry.argument(description="The `lastId` of the previous call, to continue after it.")
]
Active = Annotated[bool, strawberry.argument(description="Whether the users may sign in.")]


@filter_input(User, "id", "email", "full_name", *_STATUS_COLUMNS, "created_at", "updated_at", user_column="id")
class UserWhere: ...


UserOrder = order_input(User, "id", "email", "full_name", "last_login", "created_at", "updated_at")
