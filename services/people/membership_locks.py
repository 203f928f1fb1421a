"""Locks on memberships: transactions that change the members of a tenant run one after the other.

To avoid deadlocks, locks are taken in one order: users by id, then tenants by id, then rows of a tenant.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from database.authentication import Principal
from models import Membership, Tenant, User
from models.membership import Role
from models.relations import table_of
from queries.key_list import any_of, key_list_param
from queries.scope import in_current_tenant, visible
from services.core.access import Access, require_access
from services.core.errors import Code, Forbidden, Problem, Rejected, Unauthenticated
from services.core.session_of_request import require_active_session
from services.core.unit_of_work import UnitOfWork


async def lock_tenant(work: UnitOfWork, access: Access) -> None:
    """Lock the current tenant's memberships until the end of the transaction. Forbidden if the principal, whose role
    may have changed while this waited for the lock, no longer has this access."""
    tenant = table_of(Tenant)
    query = select(tenant.c.id).where(visible(tenant), in_current_tenant(tenant))
    is_open = bool(await work.rows(query.with_for_update(key_share=True)))
    work.principal = replace(work.principal, role=await _load_own_role(work) if is_open else None)
    require_access(work.principal, access)


async def _load_own_role(work: UnitOfWork) -> Role | None:
    member = table_of(Membership)
    is_own = (visible(member), in_current_tenant(member), member.c.user_id == work.principal.user_id)
    rows = await work.rows(select(member.c.role).where(*is_own))
    return rows[0].role if rows else None


async def lock_own_user(work: UnitOfWork) -> User:
    """Lock the principal's user until the end of the transaction; Unauthenticated if the user is inactive or the
    session has ended, which may have happened while this waited for the lock."""
    user_id = work.principal.user_id
    user: User | None = await work.find_for_update(User, user_id) if user_id else None
    if user is None or not user.is_active:
        raise Unauthenticated("Sign in again.")
    await require_active_session(work)
    return user


async def lock_users(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Any]:
    """Lock these users, and the memberships of all tenants that they are members of; return the users."""
    user, member, tenant = table_of(User), table_of(Membership), table_of(Tenant)
    id_list = key_list_param(ids)
    columns = (user.c.id, user.c.email, user.c.is_active, user.c.is_superuser, user.c.deleted_at)
    query = select(*columns).where(any_of(user.c.id, id_list)).order_by(user.c.id)
    users = await work.rows(query.with_for_update(key_share=True))
    tenant_ids = select(member.c.tenant_id).where(any_of(member.c.user_id, id_list))
    tenants = select(tenant.c.id).where(tenant.c.id.in_(tenant_ids)).order_by(tenant.c.id)
    await work.rows(tenants.with_for_update(key_share=True))
    return users


async def require_other_owner(work: UnitOfWork, user_id: UUID, *field: str) -> None:
    """Reject unless the current tenant, which is locked, has another owner who can sign in."""
    member, user = table_of(Membership), table_of(User)
    is_owner = (member.c.role == Role.OWNER, user.c.is_active)
    members = select(member.c.id).join_from(member, user, user.c.id == member.c.user_id)
    members = members.where(visible(member), visible(user), in_current_tenant(member))
    if not await work.rows(members.where(*is_owner, member.c.user_id != user_id).limit(1)):
        raise Rejected(last_owner_problem(*field))


async def find_sole_owners(work: UnitOfWork, ids: Sequence[UUID]) -> set[UUID]:
    """Return the users, who are locked, that own an open tenant which has no active owner besides these users."""
    member, tenant = table_of(Membership), table_of(Tenant)
    other, user = table_of(Membership).alias(), table_of(User)
    other_owners = select(other.c.id).join_from(other, user, user.c.id == other.c.user_id)
    other_owners = other_owners.where(other.c.tenant_id == member.c.tenant_id, other.c.role == Role.OWNER)
    other_owners = other_owners.where(user.c.is_active, ~any_of(other.c.user_id, key_list_param(ids)))
    owners = select(member.c.user_id).join_from(member, tenant, tenant.c.id == member.c.tenant_id)
    is_requested_user = any_of(member.c.user_id, key_list_param(ids))
    owners = owners.where(is_requested_user, member.c.role == Role.OWNER, tenant.c.closed_at.is_(None))
    return {row.user_id for row in await work.rows(owners.where(~other_owners.exists()))}


def last_owner_problem(*field: str) -> Problem:
    """Build the problem of a tenant that would be left without an owner."""
    return Problem(
        Code.LAST_OWNER, field, "A tenant needs an owner who can sign in. Make another member an owner first."
    )


def require_owner_for(principal: Principal, *roles: Role) -> None:
    """Raise Forbidden if OWNER is among the roles and the principal is not an owner."""
    if Role.OWNER in roles and principal.role is not Role.OWNER:
        raise Forbidden("Only owners of the tenant can appoint, change or remove owners.")
