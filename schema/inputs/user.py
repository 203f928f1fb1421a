"""What clients send about themselves, and superusers about everybody."""

from typing import Annotated

import strawberry

from models import User
from schema.inputs.build import field, maybe
from schema.inputs.derive import creates
from schema.inputs.sorting import order_input
from schema.inputs.where import filters

_STANDING = ("is_active", "is_superuser", "last_login", "email_verified_at")


@strawberry.input(description="Changes to oneself. What is omitted stays as it is.")
class UpdateViewerInput:
    full_name: maybe(str | None) = field(description="How they are called. At most 100 characters.", default=None)  # type: ignore[valid-type]
    email: maybe(str | None) = field(  # type: ignore[valid-type]
        description="Another e-mail address. It takes effect once the link in a letter that is sent there was opened.",
        default=None,
    )
    current_password: maybe(str | None) = field(  # type: ignore[valid-type]
        description="The password as it is; asked for with another e-mail address.", default=None
    )


@strawberry.input(description="An e-mail address.")
class EmailInput:
    email: str = field(description="The e-mail address, in any case.")


@strawberry.input(description="What stood in the link of a letter.")
class MailedTokenInput:
    token: str = field(description="What follows #token= in the link.")


@creates(User, "email", "full_name", title="NewUserInput")
class NewUserInput: ...


UserIds = Annotated[list[strawberry.ID], strawberry.argument(description="The ids of the users; at most 1,000.")]
Active = Annotated[bool, strawberry.argument(description="Whether they may sign in from now on.")]


@filters(User, "id", "email", "full_name", *_STANDING, "created_at", "updated_at")
class UserWhere: ...


UserOrder = order_input(User, "id", "email", "full_name", "last_login", "created_at", "updated_at")
