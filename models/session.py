"""A session: a user signed in on one device, until they sign out or the session expires."""

import datetime
import uuid

from sqlalchemy import Index, column
from sqlmodel import Field, SQLModel

from models.base import Record, utc_now
from models.fields import any_reference, sha256, short_text, timestamp
from models.relations import BelongsTo
from models.scopes import Domain

MAX_REASON_LENGTH = 200


class Session(Record, table=True):
    """A signed-in user on one device, or a superuser who acts as the user."""

    domain = Domain.PEOPLE
    __table_args__ = (
        Index(
            "ix_session_impersonator_id",
            "impersonator_id",
            postgresql_where=column("impersonator_id").is_not(None),
            sqlite_where=column("impersonator_id").is_not(None),
        ),
    )
    relations = {"user": BelongsTo("user", "user_id", "The signed-in user.")}

    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The signed-in user.")
    expires_at: datetime.datetime = timestamp("When it expires. Refreshing does not extend it.")
    last_used_at: datetime.datetime = timestamp("When it was last used, precise to a minute.", default_factory=utc_now)
    confirmed_at: datetime.datetime | None = timestamp(
        "When the user last proved who they are, with the password, a code, a passkey or an ID token.",
        default_factory=utc_now,
    )
    revoked_at: datetime.datetime | None = timestamp("When it was revoked.", default=None)
    user_agent: str | None = short_text("The User-Agent of the client that signed in.", max_length=255, default=None)
    address: str | None = short_text("The IP address of the client that signed in.", max_length=45, default=None)
    impersonator_id: uuid.UUID | None = any_reference(
        "The id of the superuser who acts as the user; null if it is the user's own session.", default=None
    )
    impersonator_session_id: uuid.UUID | None = any_reference(
        "The id of the superuser's own session, with which the impersonation ends.", default=None
    )
    only_tenant_id: uuid.UUID | None = any_reference(
        "The id of the only tenant that the superuser can use as the user.", default=None
    )
    reason: str | None = short_text("Why the superuser acts as the user.", max_length=MAX_REASON_LENGTH, default=None)


class RefreshToken(SQLModel, table=True):
    """One of the successive refresh tokens of a session. Only the newest one is valid."""

    __tablename__ = "refresh_token"

    hash: str = sha256("The hash of the token.", primary_key=True)
    session_id: uuid.UUID = Field(foreign_key="session.id", index=True, description="The session it refreshes.")
    created_at: datetime.datetime = timestamp("When it was created.", default_factory=utc_now)
    used_at: datetime.datetime | None = timestamp("When it was exchanged for the next token.", default=None)
