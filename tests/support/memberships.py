"""Reads and changes memberships and users, bypassing the API."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from database.authentication import Credentials
from models import Membership, User
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from services.core.use_case import run_use_case
from services.people import user as people
from tests.support.app_fixture import AppFixture, TenantFixture

ALL_EMAILS = {f"{role.lower()}@{slug}.test" for role in Role for slug in ("here", "there")}
"""Emails of all users of the application fixture."""


async def roles_by_email(tenant: TenantFixture) -> dict[str, Role]:
    """Return the role of each member of a tenant by email."""
    user, membership = table_of(User), table_of(Membership)
    roles = select(user.c.email, membership.c.role).join_from(membership, user, user.c.id == membership.c.user_id)
    rows = await tenant.app_fixture.fetch_rows(roles.where(membership.c.tenant_id == tenant.id))
    return {row.email: row.role for row in rows}


async def membership_id(tenant: TenantFixture, user: User) -> str:
    """Return the global id of a user's membership."""
    membership = table_of(Membership)
    query = select(membership.c.id).where(membership.c.tenant_id == tenant.id, membership.c.user_id == user.id)
    ((id,),) = await tenant.app_fixture.fetch_rows(query)
    return public_id("membership", id)


async def add_member(tenant: TenantFixture, email: str, role: Role, **values: object) -> User:
    """Create a signed-in user with a membership in this tenant."""
    user = await tenant.app_fixture.create_user(email, **values)
    await add_membership(tenant, user, role)
    return user


async def add_membership(tenant: TenantFixture, user: User, role: Role) -> None:
    """Make a user a member of this tenant."""
    add = lambda work: people.add_member(work, tenant.id, user.id, role)  # noqa: E731
    await run_use_case(tenant.app_fixture.database, Credentials(), add)


async def set_active(app_fixture: AppFixture, users: Sequence[User], *, active: bool) -> None:
    """Activate or deactivate users, bypassing validation."""
    table = table_of(User)
    ids = [user.id for user in users]
    await app_fixture.execute_sql(update(table).where(table.c.id.in_(ids)).values(is_active=active))


async def make_superuser(app_fixture: AppFixture, user: User, *, is_superuser: bool = True) -> None:
    """Make a user a superuser, or not any more."""
    table = table_of(User)
    await app_fixture.execute_sql(update(table).where(table.c.id == user.id).values(is_superuser=is_superuser))


async def load_user(app_fixture: AppFixture, user: User) -> Any:
    """Return the user's row."""
    table = table_of(User)
    (row,) = await app_fixture.fetch_rows(select(table).where(table.c.id == user.id))
    return row


async def demote_admin(tenant: TenantFixture) -> None:
    """Make the admin a member."""
    mutation = "mutation ($id: ID!) { changeMemberRole(id: $id, role: MEMBER) { userErrors { code field message } } }"
    response = await tenant.client(Role.OWNER)(mutation, id=await membership_id(tenant, tenant.users[Role.ADMIN]))
    assert response.payload("changeMemberRole")
