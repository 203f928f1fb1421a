"""Users, tenants and who is a member of what."""

from typing import Any
from uuid import UUID

from models import Membership, Tenant, User
from models.membership import Role
from services.passwords import Passwords
from services.unit_of_work import UnitOfWork
from services.validation import checked


async def add_user(work: UnitOfWork, passwords: Passwords, values: dict[str, Any], password: str) -> User:
    """A new user who can sign in with this password."""
    user = User(**checked(User, values, "input"), password_hash=await passwords.hash(password))
    await work.add(user)
    return user


async def add_tenant(work: UnitOfWork, name: str, slug: str) -> Tenant:
    """A new tenant, as yet without members."""
    tenant = Tenant(**checked(Tenant, {"name": name, "slug": slug}, "input"))
    await work.add(tenant)
    return tenant


async def add_member(work: UnitOfWork, tenant_id: UUID, user_id: UUID, role: Role) -> Membership:
    """A user's place in a tenant."""
    membership = Membership(tenant_id=tenant_id, user_id=user_id, role=role)
    await work.add(membership)
    return membership
