"""Inputs of authentication mutations; filter and order of sessions."""

import strawberry

from inputs.derive import Json
from inputs.dynamic_types import field, maybe
from inputs.enums import register_enum
from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import LinkedIssuer, Session
from models.choices import Choice


class TokenTransport(Choice):
    """How the client receives and sends the refresh token."""

    PAYLOAD = "PAYLOAD", "In the payload and the input, for clients that can store a secret."
    COOKIE = "COOKIE", "In a cookie that scripts cannot read, for browsers."


register_enum(TokenTransport)

TRANSPORT_DESCRIPTION = "How the refresh token is returned."
_CREDENTIAL_RULES = (
    "The new password: 8 to 128 characters, with an uppercase letter, a digit and a special character. Common passwords"
    " are rejected."
)


_CODE = (
    "A code of the second factor, or a recovery code; required if the user has a second factor. Spaces and hyphens do "
    "not matter."
)


@strawberry.input(description="Credentials to sign in with.")
class LoginInput:
    email: str = field(description="The email address; case does not matter.")
    password: str = field(description="The password.")
    code: maybe(str) = field(description=_CODE, default=None)  # type: ignore[valid-type]
    refresh_token_in: TokenTransport = field(description=TRANSPORT_DESCRIPTION, default=TokenTransport.PAYLOAD)


_ID_TOKEN = "The ID token from the issuer, not older than ten minutes. It can be used once."  # noqa: S105
_NONCE = "The nonce, if the ID token contains it or its SHA-256 (in hexadecimal or base64url)."


@strawberry.input(description="An ID token of an OpenID Connect issuer to sign in with.")
class LoginWithIssuerInput:
    id_token: str = field(description=_ID_TOKEN)
    nonce: maybe(str) = field(description=_NONCE, default=None)  # type: ignore[valid-type]
    invitation_token: maybe(str) = field(  # type: ignore[valid-type]
        description="The token of an invitation to accept. It also permits to sign in without an account yet.",
        default=None,
    )
    code: maybe(str) = field(  # type: ignore[valid-type]
        description=f"{_CODE} Not required if the ID token says that the issuer has verified several factors (`amr` "
        "contains `mfa`).",
        default=None,
    )
    refresh_token_in: TokenTransport = field(description=TRANSPORT_DESCRIPTION, default=TokenTransport.PAYLOAD)


@strawberry.input(description="An ID token of an OpenID Connect issuer to sign in with from now on.")
class LinkIssuerInput:
    id_token: str = field(description=_ID_TOKEN)
    nonce: maybe(str) = field(description=_NONCE, default=None)  # type: ignore[valid-type]
    current_password: maybe(str) = field(  # type: ignore[valid-type]
        description="The current password. Required if the user has one; otherwise the session must have begun in the "
        "last ten minutes.",
        default=None,
    )


@strawberry.input(description="A new user.")
class RegisterInput:
    email: str = field(description="The email address to sign in with. At most 255 characters.")
    full_name: str = field(description="The full name. 1 to 100 characters.")
    password: str = field(description=_CREDENTIAL_RULES)
    refresh_token_in: TokenTransport = field(description=TRANSPORT_DESCRIPTION, default=TokenTransport.PAYLOAD)


@strawberry.input(description="The proof that the request is from the signed-in user.")
class ConfirmIdentityInput:
    current_password: maybe(str) = field(  # type: ignore[valid-type]
        description="The current password. Required unless the user has a second factor, or sends an ID token or "
        "a passkey.",
        default=None,
    )
    code: maybe(str) = field(  # type: ignore[valid-type]
        description="A code of the second factor, or a recovery code; required if the user has a second factor.",
        default=None,
    )
    id_token: maybe(str) = field(  # type: ignore[valid-type]
        description="An ID token of an account that is linked to the user, instead of the password. It must say that "
        "the person has authenticated in the last five minutes (`auth_time`): request it with `max_age=0`. It replaces "
        "the code if the issuer has verified several factors (`amr` contains `mfa`). It can be used once.",
        default=None,
    )
    nonce: maybe(str) = field(description=_NONCE, default=None)  # type: ignore[valid-type]
    passkey: maybe(Json) = field(  # type: ignore[valid-type]
        description="The answer of one of the user's passkeys to the options of `startPasskeyConfirmation`. Nothing "
        "else is required then.",
        default=None,
    )


@strawberry.input(description="Starts the enrolment of a second factor.")
class StartTwoFactorInput:
    current_password: maybe(str) = field(  # type: ignore[valid-type]
        description="The current password. Required if the user has one; otherwise the session must have begun in the "
        "last ten minutes.",
        default=None,
    )
    code: maybe(str) = field(  # type: ignore[valid-type]
        description="A code of the current app, or a recovery code; required if the second factor is enabled, to "
        "replace the app.",
        default=None,
    )


@strawberry.input(description="The first code of a new second factor.")
class ConfirmTwoFactorInput:
    code: str = field(description="The code that the authenticator app shows.")


@strawberry.input(description="A code of the signed-in user's second factor.")
class TwoFactorCodeInput:
    code: str = field(description="The code that the authenticator app shows, or a recovery code.")


@strawberry.input(description="The user to act as, and why.")
class ImpersonateUserInput:
    user_id: strawberry.ID = field(description="The id of the user, who is not a superuser.")
    tenant: maybe(str) = field(  # type: ignore[valid-type]
        description="The slug or id of the tenant to act in. Default: the only tenant of the user.", default=None
    )
    reason: str = field(description="Why, for the user and the owners of the tenant: 1 to 200 characters in one line.")
    minutes: int = field(description="After how many minutes it ends: 1 to 60.", default=30)


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


@filter_input(LinkedIssuer, "id", "issuer", "subject", "email", "last_used_at", "created_at")
class LinkedIssuerWhere: ...


LinkedIssuerOrder = order_input(LinkedIssuer, "id", "issuer", "last_used_at", "created_at")
