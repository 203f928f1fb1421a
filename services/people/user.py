"""Insert users, tenants and memberships."""

from typing import Any
from uuid import UUID

from models import Membership, Tenant, User
from models.membership import Role
from services.core.unit_of_work import UnitOfWork
from services.core.validation import validate
from services.people.passwords import Passwords


async def add_user(work: UnitOfWork, passwords: Passwords, values: dict[str, Any], password: str) -> User:
    """Insert a user with this password."""
    user = User(**validate(User, values, "input"), password_hash=await passwords.hash(password))
    await work.add(user)
    return user


async def add_tenant(work: UnitOfWork, name: str, slug: str, **values: Any) -> Tenant:
    """Insert a tenant without members."""
    tenant = Tenant(**validate(Tenant, {"name": name, "slug": slug, **values}, "input"))
    await work.add(tenant)
    return tenant


async def add_member(work: UnitOfWork, tenant_id: UUID, user_id: UUID, role: Role) -> Membership:
    """Insert a membership."""
    membership = Membership(tenant_id=tenant_id, user_id=user_id, role=role)
    await work.add(membership)
    return membership
