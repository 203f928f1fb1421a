"""The second factor of a user: an app that computes codes from a shared secret and the time (TOTP, RFC 6238)."""

import datetime
import uuid

from sqlmodel import Field, SQLModel

from models.base import utc_now
from models.fields import encrypted, integer, sha256, timestamp


class SecondFactor(SQLModel, table=True):
    """The secret that a user shares with an authenticator app. Signing in requires codes once one has confirmed it."""

    __tablename__ = "second_factor"

    user_id: uuid.UUID = Field(primary_key=True, foreign_key="user.id", description="The user.")
    secret: str | None = encrypted("The secret, encrypted for this user; null until it is confirmed.", default=None)
    new_secret: str | None = encrypted(
        "The secret that will replace it when a code has confirmed it, encrypted, too; null if there is none.",
        default=None,
    )
    created_at: datetime.datetime = timestamp("When the first secret was created.", default_factory=utc_now)
    last_step: int = integer("The time step of the newest code that was used; older codes are refused.", default=0)


class RecoveryCode(SQLModel, table=True):
    """A code that replaces the second factor once. Its row is deleted with its use."""

    __tablename__ = "recovery_code"

    hash: str = sha256("The hash of the user's id and the code.", primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The user.")
    created_at: datetime.datetime = timestamp("When it was created.", default_factory=utc_now)
