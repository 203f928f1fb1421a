"""Links between accounts of OpenID Connect issuers and users, and the ID tokens that were used."""

import datetime
import uuid

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import Record, utc_now
from models.fields import email, short_text, timestamp
from models.relations import BelongsTo

MAX_ISSUER_LENGTH = 500
MAX_SUBJECT_LENGTH = 255


class LinkedIssuer(Record, table=True):
    """An account at an issuer with which a user signs in."""

    __tablename__ = "linked_issuer"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    relations = {"user": BelongsTo("user", "user_id", "The user who signs in with it.")}

    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The user who signs in with it.")
    issuer: str = short_text("The URL of the issuer.", max_length=MAX_ISSUER_LENGTH)
    subject: str = short_text("The id of the account at the issuer.", max_length=MAX_SUBJECT_LENGTH)
    email: str | None = email("The address in the ID token when it was linked; null if there was none.", default=None)
    last_used_at: datetime.datetime | None = timestamp("When the user last signed in with it.", default=None)


class UsedIdToken(SQLModel, table=True):
    """An ID token that was used: none is accepted twice."""

    __tablename__ = "used_id_token"

    id: uuid.UUID = Field(primary_key=True, description="Derived from what the issuer has signed.")
    created_at: datetime.datetime = timestamp("When it was used.", default_factory=utc_now, index=True)
