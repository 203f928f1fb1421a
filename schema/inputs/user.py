"""What clients send about themselves."""

import strawberry

from schema.inputs.build import field, maybe


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
