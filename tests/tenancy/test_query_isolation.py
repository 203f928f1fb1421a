"""Queries with any ids and arguments return nothing of another tenant and do not reveal what exists in it."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLSchema

from tests.tenancy.isolation import (
    OPERATIONS_PER_DOCUMENT,
    argument_values,
    assert_same_responses,
    execute_operations,
)
from tests.tenancy.query_operations import argument_queries, full_selection_queries, reachable_fields
from tests.tenancy.schema_inspection import non_empty_fields
from tests.tenancy.tenancy_fixtures import PRINCIPALS, TenantPair

FEED_TIMEOUT = 60.0
NULL_FOR_MEMBERS = {
    "Tenant.closedAt",
    *("Query.currentApiKey", "ApiKey.scopes", "ApiKey.permissions", "SignInEvent.sessionId"),
    *("User.impersonation", "Session.impersonation", "SignInEvent.expiresAt"),
    *(
        f"{type_name}.{name}"
        for type_name in ("Impersonation", "AuditEntry", "SignInEvent")
        for name in ("impersonatorId", "impersonatorName")
    ),
    *(f"Impersonation.{name}" for name in ("reason", "startedAt", "expiresAt")),
}
"""Fields without a value: a closed tenant is not visible to its members, users have no API key, that of the samples has
no scopes, events of other users have no session, and no superuser acts as a member (tests/sign_in)."""


async def wait_for_changes(tenants: TenantPair) -> None:
    """Wait until the change feed contains the sample rows: transactions of other tests may delay it."""
    async with asyncio.timeout(FEED_TIMEOUT):
        while True:
            response = await tenants.client("owner")("{ changes(first: 100) { nodes { requestId } } }")
            if any(change["requestId"] for change in response.data["changes"]["nodes"]):
                return
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_queries_return_no_data_of_another_tenant(tenants: TenantPair, schema: GraphQLSchema) -> None:
    await wait_for_changes(tenants)
    operations = list(full_selection_queries(schema, argument_values(tenants)))
    before = {principal: await execute_operations(tenants, principal, operations, 1) for principal in PRINCIPALS}
    await tenants.tenant_rows.delete_tenant(tenants.other_tenant.id, members=False)
    assert_same_responses(before["dual_member"], await execute_operations(tenants, "dual_member", operations, 1))
    await tenants.tenant_rows.delete_tenant(tenants.other_tenant.id, members=True)
    assert_same_responses(before["member"], await execute_operations(tenants, "member", operations, 1))
    bodies = [with_typename(body) for _, body in before["owner"]]
    returned = {field for body in bodies for field in non_empty_fields(schema, schema.query_type, body)}
    missing = reachable_fields(schema) - returned - NULL_FOR_MEMBERS
    assert not missing, f"tests/tenancy/tenancy_fixtures.py: insert sample rows with a value for {sorted(missing)}"


@pytest.mark.slow
@pytest.mark.only("sqlite")  # no row-level security hides a missing scope
async def test_arguments_select_nothing_of_another_tenant(tenants: TenantPair, schema: GraphQLSchema) -> None:
    operations = list(argument_queries(schema, argument_values(tenants)))
    before = await execute_operations(tenants, "member", operations, OPERATIONS_PER_DOCUMENT)
    await tenants.tenant_rows.delete_tenant(tenants.other_tenant.id, members=True)
    assert_same_responses(before, await execute_operations(tenants, "member", operations, OPERATIONS_PER_DOCUMENT))


def with_typename(body: Any) -> Any:
    """Return the data of a response with the __typename of the root type."""
    return {"__typename": "Query", **body["data"]}
