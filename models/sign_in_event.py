"""A sign-in event: a log-in, a failed one, and other events of a user's sessions, credentials and API keys."""

import datetime
import uuid

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Record, utc_now
from models.choices import Choice
from models.fields import any_reference, integer, required_choice, sha256, short_text, timestamp, user_reference
from models.relations import BelongsTo
from models.scopes import Domain


class SignInEventKind(Choice):
    """What happened."""

    REGISTERED = "REGISTERED", "The user registered, with a password or with the issuer that `detail` names."
    LOGGED_IN = (
        "LOGGED_IN",
        "The user signed in, or a superuser began to act as the user: then there is an `impersonatorId`.",
    )
    LOGIN_FAILED = "LOGIN_FAILED", "Someone tried to sign in as the user, and failed."
    REFRESHED = "REFRESHED", "A session was refreshed."
    REFRESH_TOKEN_REUSED = (
        "REFRESH_TOKEN_REUSED",
        "A refresh token was used again, so it may have been stolen. Its session has ended.",
    )
    LOGGED_OUT = "LOGGED_OUT", "The user signed out of a session."
    SESSION_REVOKED = "SESSION_REVOKED", "One of the user's sessions was ended from another one."
    SESSIONS_REVOKED = "SESSIONS_REVOKED", "The user ended all of their sessions, or all others."
    PASSWORD_CHANGED = "PASSWORD_CHANGED", "The user changed the password."
    PASSWORD_RESET = "PASSWORD_RESET", "The password was set with a link from an email."
    API_KEY_CREATED = "API_KEY_CREATED", "The user created an API key."
    API_KEY_FIRST_USED = "API_KEY_FIRST_USED", "An API key was used for the first time."
    API_KEY_REVOKED = "API_KEY_REVOKED", "The user revoked an API key."
    ISSUER_LINKED = "ISSUER_LINKED", "An account at another issuer was linked to the user."
    ISSUER_UNLINKED = "ISSUER_UNLINKED", "An account at another issuer was unlinked from the user."
    SECOND_FACTOR_ENABLED = "SECOND_FACTOR_ENABLED", "The user enabled a second factor, or added a passkey."
    SECOND_FACTOR_DISABLED = "SECOND_FACTOR_DISABLED", "The second factor was disabled, or a passkey removed."
    SECOND_FACTOR_FAILED = (
        "SECOND_FACTOR_FAILED",
        "The password was right, and the code of the second factor wrong; or a passkey did not confirm the identity.",
    )
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED", "A recovery code replaced the second factor."
    EMAIL_VERIFIED_BY_OPERATOR = (
        "EMAIL_VERIFIED_BY_OPERATOR",
        "The operator of the server marked the email address as verified.",
    )


class SignInEvent(Record, table=True):
    """Something that happened to a user's sessions, credentials or API keys."""

    domain = Domain.PEOPLE
    __tablename__ = "sign_in_event"
    __table_args__ = (
        Index("ix_sign_in_event_user_id_id", "user_id", "id"),
        Index("ix_sign_in_event_tenant_id_id", "tenant_id", "id"),
        Index("ix_sign_in_event_last_at", "last_at"),
    )

    relations = {
        "user": BelongsTo("user", "user_id", "The user; null for the use of API keys, and for former members.")
    }

    user_id: uuid.UUID | None = user_reference("The id of the user.", default=None)
    tenant_id: uuid.UUID | None = Field(
        default=None,
        foreign_key="tenant.id",
        description="The tenant that the request named, or the only one of the user; null if there is none.",
    )
    kind: SignInEventKind = required_choice(SignInEventKind, "What happened.")
    session_id: uuid.UUID | None = any_reference("The id of the session; null if it concerns none.", default=None)
    api_key_id: uuid.UUID | None = any_reference("The id of the API key; null if it concerns none.", default=None)
    address: str | None = short_text("The IP address of the client.", max_length=45, default=None)
    user_agent: str | None = short_text("The User-Agent of the client.", max_length=255, default=None)
    detail: str | None = short_text(
        "What it concerns: the name of an API key, an issuer of ID tokens, the reason of an impersonation, or "
        "`passkey: ` and the name of a passkey. `copied passkey: ` means that its counter has not grown, so it may "
        "have been copied. Null if the kind says all.",
        max_length=255,
        default=None,
    )
    impersonator_id: uuid.UUID | None = any_reference(
        "The id of the superuser whose session as the user it concerns; null for the user's own sessions.", default=None
    )
    expires_at: datetime.datetime | None = timestamp(
        "When the impersonation that began ends at the latest; null for other events.", default=None
    )
    count: int = integer("How often it happened: repeated events of some kinds are one.", default=1)
    last_at: datetime.datetime = timestamp("When it happened last.", default_factory=utc_now)
    merge_key: str | None = sha256(
        "The hash of what repeated events have in common, and their tenant; null if they are not merged.",
        default=None,
        unique=True,
    )
