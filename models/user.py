"""A user: a person who can sign in."""

import datetime

from models.base import Record
from models.fields import boolean, email, short_text, timestamp
from models.relations import HasMany, HasManyThrough, HasOne
from models.scopes import Domain


class User(Record, table=True):
    """A person who can sign in. Their memberships determine their permissions."""

    domain = Domain.PEOPLE
    relations = {
        "memberships": HasMany("membership", "user_id", "Their memberships in tenants."),
        "worker": HasOne("worker", "user_id", "Their worker in the current tenant; null if none is linked to them."),
        "tasks": HasManyThrough(
            *("task", "assignee_id", "worker", "user_id"),
            "The tasks that they are responsible for in the current tenant: those whose assignee is their worker.",
        ),
        "orders": HasMany("order", "placed_by_id", "The orders they placed in the current tenant that you may see."),
        "sign_in_events": HasMany(
            *("sign_in_event", "user_id"),
            "What happened to their sessions, password and API keys. Others than the user see that of the current "
            "tenant, and only its owners.",
        ),
        "sessions": HasMany("session", "user_id", "Their active sessions; empty for users other than yourself."),
        "linked_issuers": HasMany(
            *("linked_issuer", "user_id", "The accounts at issuers that they sign in with; empty for other users."),
        ),
        "passkeys": HasMany("passkey", "user_id", "The passkeys that they sign in with; empty for other users."),
    }

    email: str = email("The email address they sign in with.", unique=True)
    email_verified_at: datetime.datetime | None = timestamp("When the email address was verified.", default=None)
    full_name: str = short_text("The full name.", max_length=100)
    password_hash: str | None = short_text(
        "The bcrypt_sha256 hash of the password; null until a password is set.",
        max_length=255,
        is_secret=True,
        default=None,
    )
    is_active: bool = boolean("Whether they can sign in.", default=True)
    is_superuser: bool = boolean("Whether they can administer the whole server.", default=False)
    last_login: datetime.datetime | None = timestamp("When they last signed in.", default=None)
    deleted_at: datetime.datetime | None = timestamp("When their personal data was erased.", default=None)
