"""A user: a person who signs in."""

import datetime

from models.base import Record
from models.fields import address, flag, line, moment
from models.relations import Many


class User(Record, table=True):
    """A person who signs in; what they may do is decided by their memberships."""

    relations = {
        "memberships": Many("membership", "user_id", "Their places in tenants."),
        "orders": Many("order", "placed_by_id", "The orders they placed in this tenant, as far as you may see them."),
        "sessions": Many("session", "user_id", "Where they are signed in; of oneself only, of others none."),
    }

    email: str = address("The address they sign in with.", unique=True)
    email_verified_at: datetime.datetime | None = moment("When they showed that the address is theirs.", default=None)
    full_name: str = line("How they are called.", longest=100)
    password_hash: str | None = line("bcrypt_sha256 of the password; none until one is set.", longest=255, default=None)
    is_active: bool = flag("Whether they may sign in.", default=True)
    is_superuser: bool = flag("Whether they may administer the whole server.", default=False)
    last_login: datetime.datetime | None = moment("When they last signed in.", default=None)
    deleted_at: datetime.datetime | None = moment("When all that told who they were was taken out.", default=None)
