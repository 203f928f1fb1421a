"""A mailed token: whoever presents it has read a letter to the address, once and in time."""

import datetime
import uuid

from sqlmodel import Field, SQLModel

from models.base import now
from models.choices import Choice
from models.fields import address, digest, moment, one_of


class Purpose(Choice):
    """What a mailed token is good for."""

    VERIFY_EMAIL = "VERIFY_EMAIL", "Shows that an address is its user's."
    RESET_PASSWORD = "RESET_PASSWORD", "Sets a new password."


class MailedToken(SQLModel, table=True):
    """A secret that was mailed to somebody."""

    __tablename__ = "mailed_token"

    hash: str = digest("What is kept of the token.", primary_key=True)
    purpose: Purpose = one_of(Purpose, "What it is good for.")
    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="Whom it was mailed to.")
    email: str = address("The address that it was mailed to.")
    created_at: datetime.datetime = moment("When it was made.", default_factory=now)
    expires_at: datetime.datetime = moment("When it ceases to count.")
    used_at: datetime.datetime | None = moment("When it was used.", default=None)
