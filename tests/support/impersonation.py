"""GraphQL documents, catalog entries and a helper of impersonation."""

from typing import Any

from models import User
from models.ids import public_id
from models.membership import Role
from tests.support.app_fixture import AppFixture
from tests.support.catalog_entry import CatalogEntry
from tests.support.client import Client
from tests.support.documents import USER_ERRORS, USER_FIELDS
from tests.support.memberships import make_superuser
from tests.support.sample_data import SampleData

REASON = "Ticket 4711: the orders are missing"
IMPERSONATE = f"""
mutation ($input: ImpersonateUserInput!) {{
  impersonateUser(input: $input) {{ accessToken expiresAt user {{ {USER_FIELDS} }} {USER_ERRORS} }}
}}
"""
END_IMPERSONATION = f"mutation {{ endImpersonation {{ done {USER_ERRORS} }} }}"
IMPERSONATION_FIELDS = "impersonatorId impersonatorName reason startedAt expiresAt"
VIEWER_IMPERSONATION = f"{{ viewer {{ email impersonation {{ {IMPERSONATION_FIELDS} }} }} }}"


def _extra_user(sample_data: SampleData) -> dict[str, Any]:
    user_id = sample_data.rows["membership"][0].user_id
    return {"input": {"userId": public_id("user", user_id), "tenant": sample_data.tenant.slug, "reason": REASON}}


IMPERSONATION_OPERATIONS = {
    "impersonateUser": CatalogEntry(IMPERSONATE, _extra_user, 9, superuser_only=True),
    "endImpersonation": CatalogEntry(END_IMPERSONATION, lambda _sample_data: {}, 1),
}


async def create_superuser(app_fixture: AppFixture) -> tuple[User, Client]:
    """Create a superuser who is a member of no tenant; return the user and a client that is signed in."""
    superuser = await app_fixture.create_user("root@server.test", full_name="Root Server")
    await make_superuser(app_fixture, superuser)
    return superuser, app_fixture.client(superuser)


async def impersonate(superuser: Client, user: User, **values: Any) -> Client:
    """Let the superuser act as the user; return the client, which sends no tenant."""
    values = {"userId": public_id("user", user.id), "reason": REASON} | values
    payload = (await superuser(IMPERSONATE, input=values)).payload("impersonateUser")
    return Client(superuser.http).with_token(payload["accessToken"])


async def impersonate_member(app_fixture: AppFixture, role: Role = Role.OWNER, **values: Any) -> Client:
    """Let a new superuser act as the member of the tenant with this role."""
    _, client = await create_superuser(app_fixture)
    return await impersonate(client, app_fixture.tenant.users[role], **values)
