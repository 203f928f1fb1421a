"""A session: a user signed in on one device, until they sign out or the session expires."""

import datetime
import uuid

from sqlmodel import Field, SQLModel

from models.base import Record, utc_now
from models.fields import sha256, short_text, timestamp
from models.relations import BelongsTo
from models.scopes import Domain


class Session(Record, table=True):
    """A signed-in user on one device."""

    domain = Domain.PEOPLE
    relations = {"user": BelongsTo("user", "user_id", "The signed-in user.")}

    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The signed-in user.")
    expires_at: datetime.datetime = timestamp("When it expires. Refreshing does not extend it.")
    last_used_at: datetime.datetime = timestamp("When it was last used, precise to a minute.", default_factory=utc_now)
    confirmed_at: datetime.datetime | None = timestamp(
        "When the user last proved who they are, with the password, a code or an ID token.", default_factory=utc_now
    )
    revoked_at: datetime.datetime | None = timestamp("When it was revoked.", default=None)
    user_agent: str | None = short_text("The User-Agent of the client that signed in.", max_length=255, default=None)
    address: str | None = short_text("The IP address of the client that signed in.", max_length=45, default=None)


class RefreshToken(SQLModel, table=True):
    """One of the successive refresh tokens of a session. Only the newest one is valid."""

    __tablename__ = "refresh_token"

    hash: str = sha256("The hash of the token.", primary_key=True)
    session_id: uuid.UUID = Field(foreign_key="session.id", index=True, description="The session it refreshes.")
    created_at: datetime.datetime = timestamp("When it was created.", default_factory=utc_now)
    used_at: datetime.datetime | None = timestamp("When it was exchanged for the next token.", default=None)
