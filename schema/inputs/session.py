"""What clients send to sign in and out, and about sessions."""

import strawberry

from models import Session
from models.choices import Choice
from schema.inputs.build import field, maybe
from schema.inputs.choices import published
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


class TokenTransport(Choice):
    """How a client gets the refresh token, and sends it."""

    PAYLOAD = "PAYLOAD", "In the payload and the input: for programs that can keep a secret."
    COOKIE = "COOKIE", "In a cookie that scripts cannot read: for browsers."


published(TokenTransport)

_TRANSPORT = "Where the refresh token goes."
_GOOD = (
    "The new password: 8 to 128 characters, with an uppercase letter, a digit and a special character, and nothing that"
    " everybody guesses."
)


@strawberry.input(description="Credentials to sign in with.")
class LoginInput:
    email: str = field(description="The e-mail address, in any case.")
    password: str = field(description="The password.")
    refresh_token_in: TokenTransport = field(description=_TRANSPORT, default=TokenTransport.PAYLOAD)


@strawberry.input(description="A new user.")
class RegisterInput:
    email: str = field(description="The e-mail address to sign in with. At most 255 characters.")
    full_name: str = field(description="How they are called. At most 100 characters.")
    password: str = field(description=_GOOD)
    refresh_token_in: TokenTransport = field(description=_TRANSPORT, default=TokenTransport.PAYLOAD)


@strawberry.input(description="Which session to refresh or to end.")
class RefreshTokenInput:
    refresh_token: maybe(str) = field(description="The refresh token. Omitted, the cookie's.", default=None)  # type: ignore[valid-type]


@strawberry.input(description="A new password for whoever is signed in.")
class ChangePasswordInput:
    current_password: str = field(description="The password as it is.")
    new_password: str = field(description=_GOOD)


@strawberry.input(description="A new password for somebody who forgot theirs.")
class ResetPasswordInput:
    token: str = field(description="What stood in the letter's link.")
    new_password: str = field(description=_GOOD)


@filters(Session, "id", "created_at", "last_used_at", "expires_at", "user_agent", "address")
class SessionWhere: ...


SessionOrder = order_input(Session, "id", "created_at", "last_used_at", "expires_at")
