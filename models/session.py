"""A session: somebody signed in from somewhere, until they sign out or its time is over."""

import datetime
import uuid

from sqlmodel import Field, SQLModel

from models.base import Record, now
from models.fields import digest, line, moment
from models.relations import One


class Session(Record, table=True):
    """Somebody signed in, on one device."""

    relations = {"user": One("user", "user_id", "Whoever signed in.")}

    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="Whoever signed in.")
    expires_at: datetime.datetime = moment("When it ends, however often it is refreshed.")
    last_used_at: datetime.datetime = moment("When it was last refreshed.", default_factory=now)
    revoked_at: datetime.datetime | None = moment("When it was ended before its time.", default=None)
    user_agent: str | None = line("The program that signed in, as it calls itself.", longest=255, default=None)
    address: str | None = line("The network address that it signed in from.", longest=45, default=None)


class RefreshToken(SQLModel, table=True):
    """One of the tokens that a session was given in turn: only the newest of them still counts."""

    __tablename__ = "refresh_token"

    hash: str = digest("What is kept of the token.", primary_key=True)
    session_id: uuid.UUID = Field(foreign_key="session.id", index=True, description="The session it refreshes.")
    created_at: datetime.datetime = moment("When it was made.", default_factory=now)
    used_at: datetime.datetime | None = moment("When it was exchanged for the next one.", default=None)
