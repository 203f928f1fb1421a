"""Tenants: making, changing and closing them."""

from typing import Any
from uuid import UUID

from models import Tenant
from models.base import now
from models.membership import Role
from services import invitation, people, records
from services.access import Access
from services.errors import not_found
from services.standing import hold_oneself, hold_tenant
from services.unit_of_work import UnitOfWork


async def create_tenant(work: UnitOfWork, values: dict[str, Any]) -> Tenant:
    """A new tenant, owned by the actor."""
    oneself = await hold_oneself(work)
    tenant = await people.add_tenant(work, **values)
    await people.add_member(work, tenant.id, oneself.id, Role.OWNER)
    return tenant


async def update_tenant(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Tenant:
    """The current tenant with these values changed; no other is found here."""
    await _hold(work, id)
    tenant: Tenant = await records.update(work, Tenant, id, values, expected_version)
    return tenant


async def close_tenant(work: UnitOfWork, id: UUID, expected_version: int | None) -> Tenant:
    """From now on the current tenant is as if it were not there: for its members, its keys and whoever was invited.
    What it holds is kept, and so is its slug."""
    await _hold(work, id)
    tenant: Tenant = await work.get(Tenant, id, "id")
    records.expect(tenant, expected_version)
    await invitation.withdraw(work)
    tenant.closed_at = now()
    await work.flush()
    return tenant


async def _hold(work: UnitOfWork, id: UUID) -> None:
    await hold_tenant(work, Access.OWNER_IN_PERSON)
    if id != work.actor.tenant_id:
        raise not_found("id")
