"""The tenants that the principal is a member of."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from models import Membership, Tenant
from models.relations import table_of
from queries.scope import visible


def select_own_slugs(user_id: UUID, limit: int) -> Select[Any]:
    """Select the slugs of the open tenants that the principal is a member of, in their order."""
    member, tenant = table_of(Membership), table_of(Tenant)
    query = select(tenant.c.slug).join_from(member, tenant, tenant.c.id == member.c.tenant_id)
    is_own = (visible(member), visible(tenant), member.c.user_id == user_id, tenant.c.closed_at.is_(None))
    return query.where(*is_own).order_by(tenant.c.slug).limit(limit)
