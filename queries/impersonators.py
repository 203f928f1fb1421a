"""The superusers whom rows name that a principal can see."""

from typing import Any

from sqlalchemy import Select, select

from models import User
from models.relations import table_of
from queries.key_list import KEYS_PARAM, any_of
from queries.statement_cache import cached_statement


@cached_statement
def select_impersonators() -> Select[Any]:
    """Select id and name of the users in :keys, of any tenant or of none. The keys must be of visible rows."""
    user = table_of(User)
    return select(user.c.id, user.c.full_name).where(any_of(user.c.id, KEYS_PARAM))
