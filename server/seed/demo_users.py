"""The users and tenants of the demo data. Their password is published, so they exist in development only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from models import Membership, Tenant, User
from models.membership import Role
from models.relations import table_of
from services.people.passwords import Passwords

PASSWORD = "Allotment-demo-1!"  # noqa: S105  (published)
TENANTS = {"demo": "Demo Gardens", "other": "Other Orchards"}
"""The names of the tenants, by slug."""


@dataclass(frozen=True)
class DemoUser:
    """A user of the demo data, with a role in each of some tenants."""

    name: str
    roles: Mapping[str, Role]
    is_superuser: bool = False

    @property
    def tenant(self) -> str:
        """The slug of the tenant that they use first."""
        return next(iter(self.roles))

    @property
    def description(self) -> str:
        """Their roles and the tenants, in words."""
        return self._describe({slug: f"the tenant {slug}" for slug in TENANTS})

    @property
    def label(self) -> str:
        """The same, for people who do not know the slugs."""
        text = self._describe(TENANTS)
        return text[0].upper() + text[1:]

    def _describe(self, tenant_names: Mapping[str, str]) -> str:
        roles = [f"{role.value.lower()} of {tenant_names[slug]}" for slug, role in self.roles.items()]
        return ", ".join(["superuser", *roles] if self.is_superuser else roles)


DEMO_USERS: Mapping[str, DemoUser] = {
    "owner@demo.test": DemoUser("Olive Owner", {"demo": Role.OWNER}),
    "admin@demo.test": DemoUser("Adam Admin", {"demo": Role.ADMIN}),
    "member@demo.test": DemoUser("Mia Member", {"demo": Role.MEMBER}),
    "owner@other.test": DemoUser("Otto Other", {"other": Role.OWNER}),
    "superuser@demo.test": DemoUser("Sue Superuser", {"demo": Role.ADMIN, "other": Role.MEMBER}, is_superuser=True),
}
"""The users, by email address."""


async def find_demo_users(connection: AsyncConnection) -> dict[str, DemoUser]:
    """Return the demo users that can sign in and are members of their tenants; none if the demo data are not loaded."""
    user, membership, tenant = table_of(User), table_of(Membership), table_of(Tenant)
    members = user.join(membership, membership.c.user_id == user.c.id).join(
        tenant, tenant.c.id == membership.c.tenant_id
    )
    is_demo_user = user.c.email.in_(DEMO_USERS) & user.c.is_active & tenant.c.slug.in_(TENANTS)
    rows = await connection.execute(select(user.c.email, tenant.c.slug).select_from(members).where(is_demo_user))
    found = {tuple(row) for row in rows}
    return {email: demo_user for email, demo_user in DEMO_USERS.items() if (email, demo_user.tenant) in found}


async def find_published_logins(connection: AsyncConnection, passwords: Passwords) -> dict[str, bool]:
    """Return the email addresses of the demo with which everyone can sign in, as their users have the published
    password, and whether each is a superuser."""
    user = table_of(User)
    statement = select(user.c.email, user.c.password_hash, user.c.is_superuser)
    rows = await connection.execute(statement.where(user.c.email.in_(DEMO_USERS) & user.c.is_active))
    return {
        row.email: row.is_superuser
        for row in rows
        if row.password_hash is not None and await passwords.verify(PASSWORD, row.password_hash)
    }


def slugs_of(users: Iterable[DemoUser]) -> list[str]:
    """Return the tenants of these users, in the order of TENANTS."""
    slugs = {slug for user in users for slug in user.roles}
    return [slug for slug in TENANTS if slug in slugs]
