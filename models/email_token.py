"""An email token: a single-use, expiring secret that proves access to an email address."""

import datetime
import uuid

from sqlmodel import Field, SQLModel

from models.base import utc_now
from models.choices import Choice
from models.fields import email, required_choice, sha256, timestamp


class Purpose(Choice):
    """The action that an email token authorizes."""

    VERIFY_EMAIL = "VERIFY_EMAIL", "Verify the email address of the user."
    RESET_PASSWORD = "RESET_PASSWORD", "Set a new password."


class EmailToken(SQLModel, table=True):
    """A secret that was sent to a user by email."""

    __tablename__ = "email_token"

    hash: str = sha256("The hash of the token.", primary_key=True)
    purpose: Purpose = required_choice(Purpose, "The action that it authorizes.")
    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The user it was sent to.")
    email: str = email("The email address it was sent to.")
    created_at: datetime.datetime = timestamp("When it was created.", default_factory=utc_now)
    expires_at: datetime.datetime = timestamp("When it expires.")
    used_at: datetime.datetime | None = timestamp("When it was used.", default=None)
