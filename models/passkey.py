"""Passkeys, with which users sign in (WebAuthn), and the challenges that their authenticators sign."""

import datetime
import uuid

from sqlmodel import Field, SQLModel

from models.base import Record, utc_now
from models.choices import Choice
from models.fields import boolean, large_integer, names, required_choice, sha256, short_text, timestamp
from models.relations import BelongsTo

MAX_CREDENTIAL_ID_LENGTH = 1364
"""The length in base64url of an id of 1,023 bytes, the longest one (WebAuthn 4)."""
MAX_PUBLIC_KEY_LENGTH = 2000


class Passkey(Record, table=True):
    """A key pair of an authenticator with which a user signs in. The private key never leaves the authenticator."""

    __tablename__ = "passkey"
    relations = {"user": BelongsTo("user", "user_id", "The user who signs in with it.")}

    user_id: uuid.UUID = Field(foreign_key="user.id", index=True, description="The user who signs in with it.")
    credential_id: str = short_text(
        "The id that the authenticator has given it, in base64url.", max_length=MAX_CREDENTIAL_ID_LENGTH, unique=True
    )
    public_key: str = short_text("The public key (COSE), in base64url.", max_length=MAX_PUBLIC_KEY_LENGTH)
    sign_count: int = large_integer(
        "The newest counter of signatures that the authenticator has sent; 0 if it does not count.", default=0
    )
    transports: str = names("How browsers reach the authenticator.", max_length=200, default="")
    name: str = short_text("The name that the user has given it.", max_length=100)
    is_backed_up: bool = boolean("Whether it is stored by more than one device, such as by a cloud.", default=False)
    last_used_at: datetime.datetime | None = timestamp("When the user last proved who they are with it.", default=None)


class ChallengePurpose(Choice):
    """What a challenge is for."""

    REGISTER = "REGISTER", "Add a passkey to the signed-in user."
    LOGIN = "LOGIN", "Sign in."
    CONFIRM = "CONFIRM", "Confirm the identity of the signed-in user."


class PasskeyChallenge(SQLModel, table=True):
    """A random value that an authenticator signs once. Its row is deleted with its use."""

    __tablename__ = "passkey_challenge"

    hash: str = sha256("The hash of the challenge.", primary_key=True)
    purpose: ChallengePurpose = required_choice(ChallengePurpose, "What it is for.")
    user_id: uuid.UUID | None = Field(
        default=None, foreign_key="user.id", index=True, description="The user who may use it; null for anyone."
    )
    created_at: datetime.datetime = timestamp("When it was created.", default_factory=utc_now)
    expires_at: datetime.datetime = timestamp("When it expires.", index=True)
