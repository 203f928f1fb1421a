"""Every subscription delivers the changes of its own tenant only, also those that were made before it began."""

from dataclasses import replace

from fastapi import FastAPI
from graphql import GraphQLSchema

from models.base import utc_now
from models.membership import Role
from services.core.change_feed import decode_cursor
from tests.support.app_fixture import TenantFixture
from tests.support.sample_data import SampleData
from tests.support.subscriptions import follow, subscribe

NEWEST = "{ changes(first: 1) { newestCursor nodes { objectId } pageInfo { endCursor } } }"


async def start_cursor(tenant: TenantFixture) -> str:
    """Return a cursor of the tenant before all of its changes."""
    newest = (await tenant.client(Role.OWNER)(NEWEST)).data["changes"]["newestCursor"]
    cursor = decode_cursor(newest)
    return replace(cursor, position=(cursor.position[0], 0, 0), time=utc_now()).encode()


async def test_every_subscription_delivers_changes_of_its_tenant(
    app: FastAPI, sample_data: SampleData, schema: GraphQLSchema
) -> None:
    assert schema.subscription_type is not None
    tenant, other = sample_data.tenant, sample_data.tenant.app_fixture.other_tenant
    own_start, other_start = await start_cursor(tenant), await start_cursor(other)
    (foreign,) = (await tenant.client(Role.OWNER)(NEWEST)).data["changes"]["nodes"]
    for name in schema.subscription_type.fields:
        query = f"subscription ($after: String) {{ {name}(after: $after) {{ objectId }} }}"
        async with follow(app, tenant.client(Role.OWNER), query, after=own_start) as own:
            assert (await own.next_event())["objectId"]
        async with follow(app, other.client(Role.OWNER), query, after=other_start) as others:
            while not await others.is_quiet(0.05):
                event = await others.next_event()
                assert event["objectId"] != foreign["objectId"]
                assert event["objectId"].partition("_")[0] in {"tenant", "membership", "invitation"}, name


async def test_cursor_of_another_tenant_is_refused(app: FastAPI, sample_data: SampleData) -> None:
    other = sample_data.tenant.app_fixture.other_tenant
    cursor = await start_cursor(sample_data.tenant)
    for query in ("subscription ($after: String) { taskChanged(after: $after) { objectId } }",):
        async with subscribe(app, other.client(Role.OWNER).headers, query, after=cursor) as changes:
            assert await changes.error_codes() == ["BAD_USER_INPUT"]
