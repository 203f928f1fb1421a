"""Tenants: create, update and close."""

from typing import Any
from uuid import UUID

from models import Tenant
from models.base import utc_now
from models.membership import Role
from models.second_factor_requirement import SecondFactorRequirement
from services.core import records
from services.core.access import Access
from services.core.errors import Code, Problem, Rejected, not_found
from services.core.unit_of_work import UnitOfWork
from services.people import invitation
from services.people import user as users
from services.people.membership_locks import lock_own_user, lock_tenant
from services.people.second_factor import select_status


async def create_tenant(work: UnitOfWork, values: dict[str, Any]) -> Tenant:
    """Create a tenant that the principal owns."""
    owner = await lock_own_user(work)
    tenant = await users.add_tenant(work, **values)
    await users.add_member(work, tenant.id, owner.id, Role.OWNER)
    return tenant


async def update_tenant(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Tenant:
    """Update the current tenant; other tenants are not found."""
    await _lock_current_tenant(work, id)
    if values.get("require_two_factor", SecondFactorRequirement.NONE) is not SecondFactorRequirement.NONE:
        await _require_own_factor(work)
    tenant: Tenant = await records.update(work, Tenant, id, values, expected_version)
    return tenant


async def close_tenant(work: UnitOfWork, id: UUID, expected_version: int | None) -> Tenant:
    """Close the current tenant: it cannot be accessed, and its API keys and invitations are invalid. Its data and its
    slug are retained."""
    await _lock_current_tenant(work, id)
    tenant: Tenant = await work.get_for_update(Tenant, id, "id")
    records.check_version(tenant, expected_version)
    await invitation.revoke_pending(work)
    tenant.closed_at = utc_now()
    await work.flush()
    return tenant


async def _require_own_factor(work: UnitOfWork) -> None:
    """Reject a requirement that would lock out the owner who sets it."""
    if not await work.rows(select_status()):
        message = "Enable your own second factor before you require it (startTwoFactor, confirmTwoFactor)."
        raise Rejected(Problem(Code.WRONG_STATUS, ("input", "require_two_factor"), message))


async def _lock_current_tenant(work: UnitOfWork, id: UUID) -> None:
    await lock_tenant(work, Access.OWNER_USER_ONLY)
    if id != work.principal.tenant_id:
        raise not_found("id")
