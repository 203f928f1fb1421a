"""The memberships of users in all tenants."""

from typing import Any

from sqlalchemy import Select, select

from models import Membership
from models.relations import table_of
from queries.key_list import KEYS_PARAM, any_of
from queries.statement_cache import cached_statement


@cached_statement
def select_memberships_for_update() -> Select[Any]:
    """Select the memberships of the users in :keys in all tenants FOR UPDATE: others can neither change nor newly
    reference them. The rows have the columns `tenant` and `user_id`, and are in the order of the tenants."""
    member = table_of(Membership)
    memberships = select(member.c.tenant_id.label("tenant"), member.c.user_id).where(
        any_of(member.c.user_id, KEYS_PARAM)
    )
    return memberships.order_by(member.c.tenant_id, member.c.id).with_for_update()
