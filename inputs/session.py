"""Inputs of authentication mutations; filter and order of sessions."""

import strawberry

from inputs.dynamic_types import field, maybe
from inputs.enums import register_enum
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Session
from models.choices import Choice


class TokenTransport(Choice):
    """How the client receives and sends the refresh token."""

    PAYLOAD = "PAYLOAD", "In the payload and the input, for clients that can store a secret."
    COOKIE = "COOKIE", "In a cookie that scripts cannot read, for browsers."


register_enum(TokenTransport)

_TRANSPORT_DESCRIPTION = "How the refresh token is returned."
_CREDENTIAL_RULES = (
    "The new password: 8 to 128 characters, with an uppercase letter, a digit and a special character. Common passwords"
    " are rejected."
)


@strawberry.input(description="Credentials to sign in with.")
class LoginInput:
    email: str = field(description="The email address; case does not matter.")
    password: str = field(description="The password.")
    refresh_token_in: TokenTransport = field(description=_TRANSPORT_DESCRIPTION, default=TokenTransport.PAYLOAD)


@strawberry.input(description="A new user.")
class RegisterInput:
    email: str = field(description="The email address to sign in with. At most 255 characters.")
    full_name: str = field(description="The full name. 1 to 100 characters.")
    password: str = field(description=_CREDENTIAL_RULES)
    refresh_token_in: TokenTransport = field(description=_TRANSPORT_DESCRIPTION, default=TokenTransport.PAYLOAD)


@strawberry.input(description="The session to refresh or to end.")
class RefreshTokenInput:
    refresh_token: maybe(str) = field(  # type: ignore[valid-type]
        description="The refresh token. If omitted, the one in the cookie is used.", default=None
    )


@strawberry.input(description="A new password for the signed-in user.")
class ChangePasswordInput:
    current_password: str = field(description="The current password.")
    new_password: str = field(description=_CREDENTIAL_RULES)


@strawberry.input(description="A new password for a user who forgot it.")
class ResetPasswordInput:
    token: str = field(description="The token from the link in the email.")
    new_password: str = field(description=_CREDENTIAL_RULES)


@filter_input(Session, "id", "created_at", "last_used_at", "expires_at", "user_agent", "address")
class SessionWhere: ...


SessionOrder = order_input(Session, "id", "created_at", "last_used_at", "expires_at")
