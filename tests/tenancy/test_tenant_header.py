"""The X-Tenant header selects a tenant that the user is a member of; all other values have the same effect."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLSchema

from models.ids import new_id, public_id
from schema.requirements import ACCESS
from services.core.access import Access
from tests.support.client import Client
from tests.tenancy.argument_values import ArgumentValues
from tests.tenancy.mutation_calls import mutation_calls
from tests.tenancy.query_operations import build_document, full_selection_queries
from tests.tenancy.schema_inspection import root_fields
from tests.tenancy.tenancy_fixtures import TEXT_MARK, TenantPair

HeaderValue = Callable[[TenantPair], str]
INVALID_HEADER_VALUES: dict[str, HeaderValue] = {
    "slug of another tenant": lambda tenants: tenants.other_tenant.slug,
    "id of another tenant": lambda tenants: tenants.foreign_ids["tenant"],
    "unknown slug": lambda _: "nowhere",
    "unknown id": lambda _: public_id("tenant", new_id()),
    "UUID of own tenant": lambda tenants: str(tenants.own_tenant.id),
    "hex digits of own tenant": lambda tenants: tenants.own_tenant.id.hex,
    "UUID of another tenant": lambda tenants: str(tenants.other_tenant.id),
    "id of another type": lambda tenants: tenants.own_ids["team"],
    "id that is too long": lambda tenants: tenants.own_ids["tenant"] + "0",
    "id in capitals": lambda tenants: tenants.own_ids["tenant"].upper(),
    "nil UUID": lambda _: f"tenant_{'0' * 32}",
    "own slug in capitals": lambda tenants: tenants.own_tenant.slug.upper(),
    "LIKE pattern": lambda _: "%",
    "two slugs": lambda tenants: f"{tenants.own_tenant.slug},{tenants.other_tenant.slug}",
    "empty": lambda _: "",
    "blanks": lambda _: "  ",
    "quote": lambda _: "' OR '1'='1",
    "long text": lambda _: "x" * 5000,
}


def root_field_calls(tenants: TenantPair, schema: GraphQLSchema) -> list[tuple[Access, str, dict[str, Any]]]:
    """Return access, document and variables of a call of each root field, with ids of the other tenant."""
    access = {name: field.extensions[ACCESS] for _, name, field in root_fields(schema)}
    values = ArgumentValues(tenants.foreign_ids, tenants.foreign_ids)
    calls = []
    for operation in full_selection_queries(schema, values):
        type_name, _, name = operation.label.partition(".")
        if type_name == "Query":
            calls.append((access[name], *build_document([operation])))
    calls += [(access[call.name], call.document(), call.arguments) for call in mutation_calls(schema, values)]
    return calls


async def execute_tenant_calls(client: Client, tenants: TenantPair, schema: GraphQLSchema) -> list[Any]:
    """Execute all root fields that require a tenant, and return the response bodies."""
    calls = root_field_calls(tenants, schema)
    tenant_calls = [(document, variables) for access, document, variables in calls if access.requires_tenant]
    assert tenant_calls
    return [(await client(document, **variables)).body for document, variables in tenant_calls]


@pytest.mark.slow
@pytest.mark.only("sqlite")  # no row-level security hides a missing scope
async def test_foreign_tenant_is_forbidden_like_unknown_tenant(tenants: TenantPair, schema: GraphQLSchema) -> None:
    member = tenants.client("member")
    responses = []
    for label in ("unknown slug", "slug of another tenant"):
        client = member.with_headers(**{"X-Tenant": INVALID_HEADER_VALUES[label](tenants)})
        responses.append(await execute_tenant_calls(client, tenants, schema))
    unknown, foreign = responses
    assert all(body["errors"][0]["extensions"]["code"] == "FORBIDDEN" for body in unknown)
    assert foreign == unknown
    await tenants.assert_other_tenant_unchanged()


@pytest.mark.only("postgresql")
async def test_all_invalid_header_values_return_same_response(tenants: TenantPair) -> None:
    member = tenants.client("member")
    without_tenant = Client(member.http, Authorization=member.headers["Authorization"])
    documents = ("{ teams { nodes { name } } }", "{ viewer { email memberships { nodes { tenant { slug } } } } }")
    for document in documents:
        expected = await without_tenant.with_headers(**{"X-Tenant": "unknown"})(document)
        for header, (label, value) in product(("X-Tenant", "X-Tenant-ID"), INVALID_HEADER_VALUES.items()):
            response = await without_tenant.with_headers(**{header: value(tenants)})(document)
            assert (response.status, response.body) == (expected.status, expected.body), label


async def test_slug_and_id_select_own_tenant(tenants: TenantPair) -> None:
    member = tenants.client("member")
    without_tenant = Client(member.http, Authorization=member.headers["Authorization"])
    values = (tenants.own_tenant.slug, tenants.own_ids["tenant"], f"  {tenants.own_tenant.slug} ")
    for header, value in product(("X-Tenant", "X-Tenant-ID", "x-tenant"), values):
        response = await without_tenant.with_headers(**{header: value})("{ teams { nodes { name } } }")
        assert {team["name"] for team in response.data["teams"]["nodes"]} == {"Team 0", "Team 1"}


async def test_two_headers_with_different_tenants_are_rejected(tenants: TenantPair) -> None:
    client = tenants.client("dual_member").with_headers(**{"X-Tenant-ID": tenants.foreign_ids["tenant"]})
    response = await client("{ teams { nodes { name } } }")
    assert (response.status, response.error_codes) == (400, ["BAD_USER_INPUT"])


async def test_member_of_two_tenants_sees_selected_tenant(tenants: TenantPair) -> None:
    in_own_tenant = tenants.client("dual_member")
    in_other_tenant = in_own_tenant.with_headers(**{"X-Tenant": tenants.other_tenant.slug})
    query = "{ teams { totalCount nodes { name } } }"
    clients = (in_own_tenant, in_other_tenant, in_own_tenant)
    teams = {client: (await client(query)).data["teams"] for client in clients}
    assert teams[in_own_tenant]["totalCount"] == 2
    assert teams[in_other_tenant]["totalCount"] == 4
    assert all(team["name"].startswith(TEXT_MARK) for team in teams[in_other_tenant]["nodes"])


async def test_removed_member_loses_access_immediately(tenants: TenantPair) -> None:
    member = tenants.client("member")
    query = "{ teams { totalCount } }"
    assert (await member(query)).data["teams"]["totalCount"] == 2
    await tenants.tenant_rows.delete_tenant(tenants.own_tenant.id, members=True)
    assert (await member(query)).error_codes == ["FORBIDDEN"]
