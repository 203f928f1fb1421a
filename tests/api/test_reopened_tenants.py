"""Superusers list all tenants of the server, and reopen closed ones."""

import pytest

from models import AuditEntry
from models.audit_entry import ActorKind
from models.ids import NIL_UUID, public_id
from models.membership import Role
from tests.api.concurrent_calls import count_outcomes, send_concurrently
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.idempotency import is_replay, with_key
from tests.support.memberships import set_active
from tests.support.sample_data import fetch_table
from tests.support.tenant_documents import REOPEN_TENANT, TENANTS


@pytest.fixture
async def closed_id(app_fixture: AppFixture) -> str:
    """The id of the tenant, which its owner has closed."""
    id = public_id("tenant", app_fixture.tenant.id)
    (await app_fixture.tenant.client(Role.OWNER)(documents.CLOSE_TENANT, id=id)).payload("closeTenant")
    return id


async def test_superuser_lists_all_tenants(closed_id: str, superuser_client: Client) -> None:
    tenants = (await superuser_client(TENANTS, orderBy=[{"field": "SLUG"}])).data["tenants"]
    assert tenants["totalCount"] == 2
    assert [(node["slug"], node["closedAt"] is None) for node in tenants["nodes"]] == [("here", False), ("there", True)]
    assert [node["members"]["nodes"] for node in tenants["nodes"]] == [[], []]
    for where, slugs in (
        ({"closedAt": {"isNull": False}}, ["here"]),
        ({"slug": {"eq": "there"}}, ["there"]),
        ({"id": {"eq": closed_id}}, ["here"]),
    ):
        nodes = (await superuser_client(TENANTS, where=where)).data["tenants"]["nodes"]
        assert [node["slug"] for node in nodes] == slugs


async def test_members_have_access_to_a_reopened_tenant(
    closed_id: str, app_fixture: AppFixture, superuser_client: Client
) -> None:
    member = app_fixture.tenant.client()
    assert (await member(documents.CURRENT_TENANT)).error_codes == ["FORBIDDEN"]
    response = await superuser_client(REOPEN_TENANT, id=closed_id, expectedVersion=2)
    tenant = response.payload("reopenTenant")["tenant"]
    assert (tenant["closedAt"], tenant["version"]) == (None, 3)
    assert (await member(documents.CURRENT_TENANT)).data["tenant"]["slug"] == "here"
    entries = [row for row in await fetch_table(app_fixture.tenant, AuditEntry) if row["noun"] == "Tenant"]
    newest = max(entries, key=lambda row: row["version"])
    assert (newest["version"], newest["actor_kind"], newest["after"]) == (3, ActorKind.SUPERUSER, {"closedAt": None})


async def test_open_tenant_is_not_changed(app_fixture: AppFixture, superuser_client: Client) -> None:
    response = await superuser_client(REOPEN_TENANT, id=public_id("tenant", app_fixture.tenant.id))
    assert response.payload("reopenTenant")["tenant"]["version"] == 1


async def test_unknown_tenant_and_other_version_are_rejected(closed_id: str, superuser_client: Client) -> None:
    for unknown in (public_id("tenant", NIL_UUID), "tenant_x", closed_id.replace("tenant", "team")):
        response = await superuser_client(REOPEN_TENANT, id=unknown)
        assert response.user_errors("reopenTenant") == [("NOT_FOUND", ["id"])]
    response = await superuser_client(REOPEN_TENANT, id=closed_id, expectedVersion=1)
    assert response.user_errors("reopenTenant") == [("CONFLICT", ["expectedVersion"])]
    assert response.data["reopenTenant"]["tenant"]["closedAt"] is not None


@pytest.mark.parametrize("role", Role)
async def test_others_may_neither_list_nor_reopen(closed_id: str, role: Role, app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[role]
    assert (await app_fixture.client(user)(TENANTS)).error_codes == ["FORBIDDEN"]
    assert (await app_fixture.client(user)(REOPEN_TENANT, id=closed_id)).error_codes == ["FORBIDDEN"]
    assert (await app_fixture.client()(TENANTS)).error_codes == ["UNAUTHENTICATED"]


async def test_reopening_is_replayed(closed_id: str, superuser_client: Client) -> None:
    first, second = [await with_key(superuser_client)(REOPEN_TENANT, id=closed_id) for _ in range(2)]
    assert first.data == second.data
    assert is_replay(second)


async def test_concurrent_calls_reopen_once(closed_id: str, superuser_client: Client) -> None:
    calls = [("reopenTenant", REOPEN_TENANT, {"id": closed_id}) for _ in range(4)]
    assert count_outcomes(await send_concurrently(superuser_client, calls)) == {"OK": 4}
    (tenant,) = (await superuser_client(TENANTS, where={"id": {"eq": closed_id}})).data["tenants"]["nodes"]
    assert tenant["version"] == 3


async def test_tenant_is_reopened_and_used_in_one_atomic_operation(
    closed_id: str, app_fixture: AppFixture, superuser_client: Client
) -> None:
    user_id = public_id("user", app_fixture.other_tenant.users[Role.ADMIN].id)
    await set_active(app_fixture, [app_fixture.other_tenant.users[Role.ADMIN]], active=False)
    document = """
    mutation ($tenant: ID!, $user: ID!) @atomic {
      reopenTenant(id: $tenant) { tenant { closedAt } userErrors { code } }
      setUsersActive(ids: [$user], active: true) { users { status { isActive } } userErrors { code } }
    }
    """
    response = await superuser_client(document, tenant=closed_id, user=user_id)
    assert response.payload("reopenTenant")["tenant"] == {"closedAt": None}
    assert response.payload("setUsersActive")["users"] == [{"status": {"isActive": True}}]
