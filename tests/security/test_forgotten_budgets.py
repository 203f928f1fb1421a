"""Removed members and revoked keys no longer charge the budget of the tenant, and no longer see what is left of it."""

from sqlalchemy import delete, update

from models import ApiKey, Membership
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client

READ, TYPENAME = "{ tasks { nodes { id } } }", "{ __typename }"


async def policies(client: Client, document: str) -> list[str]:
    """Send the document, and return the names of the buckets that it was charged to."""
    header = (await client(document)).headers["ratelimit-policy"]
    return [part.partition(";")[0].strip('" ') for part in header.split(",")]


async def test_removed_member_charges_its_own_budget_only(app_fixture: AppFixture) -> None:
    member, membership = app_fixture.tenant.client(Role.MEMBER), table_of(Membership)
    assert await policies(member, READ) == ["tenant", "user"]
    await app_fixture.execute_sql(delete(membership).where(membership.c.role == Role.MEMBER))
    await member(READ)  # the first request that is authenticated again
    for document in (TYPENAME, READ):
        assert await policies(member, document) == ["user"]


async def test_revoked_key_charges_the_address(app_fixture: AppFixture) -> None:
    owner, key = app_fixture.tenant.client(Role.OWNER), table_of(ApiKey)
    created = await owner(documents.CREATE_API_KEY, input={"name": "Till"})
    client = Client(app_fixture.http, Authorization=f"Bearer {created.payload('createApiKey')['secret']}")
    assert await policies(client, READ) == ["tenant", "api-key"]
    await app_fixture.execute_sql(update(key).values(revoked_at=utc_now()))
    await client(READ)  # the first request that is authenticated again
    for document in (TYPENAME, READ):
        assert await policies(client, document) == ["address"]
