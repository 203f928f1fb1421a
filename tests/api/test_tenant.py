"""Tenants are created, updated and closed."""

import asyncio
from typing import Any

import pytest

from models.ids import new_id, public_id
from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client

NEW_TENANT = {"name": "New Fields", "slug": "new-fields"}


def tenant_id(app_fixture: AppFixture, slug: str = "here") -> str:
    """Return a tenant's global id."""
    return public_id("tenant", app_fixture.tenants[slug].id)


@pytest.mark.any_server
async def test_creator_owns_tenant(app_fixture: AppFixture) -> None:
    client = app_fixture.client(await app_fixture.create_user())
    tenant = (await client(documents.CREATE_TENANT, input=NEW_TENANT)).payload("createTenant")["tenant"]
    assert tenant == tenant | NEW_TENANT | {"version": 1}
    (membership,) = tenant["members"]["nodes"]
    assert (membership["role"], membership["user"]["email"]) == ("OWNER", "outsider@nowhere.test")
    tenant_client = client.with_headers(**{"X-Tenant": NEW_TENANT["slug"]})
    assert (await tenant_client(documents.create("Team"), input={"name": "First"})).payload("createTeam")
    assert (await tenant_client(documents.CURRENT_TENANT)).data["tenant"]["id"] == tenant["id"]


INVALID_VALUES = [
    ({"name": " "}, "TOO_SHORT", "name"),
    ({"name": "x" * 101}, "TOO_LONG", "name"),
    ({"name": "two\nlines"}, "INVALID", "name"),
    ({"slug": ""}, "TOO_SHORT", "slug"),
    ({"slug": "x" * 51}, "TOO_LONG", "slug"),
    ({"slug": "Capital"}, "INVALID", "slug"),
    ({"slug": "two--dashes"}, "INVALID", "slug"),
    ({"slug": "-edge"}, "INVALID", "slug"),
    ({"slug": "ümlaut"}, "INVALID", "slug"),
    ({"slug": "there"}, "TAKEN", "slug"),
]


async def test_invalid_tenant_is_rejected(subtests: pytest.Subtests, app_fixture: AppFixture) -> None:
    for values, code, field in INVALID_VALUES:
        with subtests.test(values=values):
            owner = app_fixture.tenant.client(Role.OWNER)
            response = await owner(documents.CREATE_TENANT, input=NEW_TENANT | values)
            assert response.user_errors("createTenant") == [(code, ["input", field])]
            assert response.data["createTenant"]["tenant"] is None
            changed = await owner(documents.UPDATE_TENANT, id=tenant_id(app_fixture), input=values)
            assert changed.user_errors("updateTenant") == [(code, ["input", field])]
            memberships = (await owner(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
            assert [membership["tenant"]["slug"] for membership in memberships] == ["here"]


@pytest.mark.any_server
async def test_one_of_many_concurrent_creates_gets_slug(app_fixture: AppFixture) -> None:
    clients = [app_fixture.tenant.client(role) for role in Role] * 4
    responses = await asyncio.gather(*(client(documents.CREATE_TENANT, input=NEW_TENANT) for client in clients))
    user_errors = sorted(response.user_errors("createTenant") for response in responses)
    assert user_errors == [[]] + [[("TAKEN", ["input", "slug"])]] * 11


async def test_owner_updates_tenant(app_fixture: AppFixture) -> None:
    owner, id = app_fixture.tenant.client(Role.OWNER), tenant_id(app_fixture)
    response = await owner(documents.UPDATE_TENANT, id=id, input={"name": " Ours ", "slug": "ours"}, expectedVersion=1)
    tenant = response.payload("updateTenant")["tenant"]
    assert (tenant["name"], tenant["slug"], tenant["version"]) == ("Ours", "ours", 2)
    assert (await owner(documents.CURRENT_TENANT)).error_codes == ["FORBIDDEN"]  # the slug has changed
    renamed = owner.with_headers(**{"X-Tenant": "ours"})
    assert (await renamed(documents.CURRENT_TENANT)).data["tenant"]["name"] == "Ours"
    stale = await renamed(documents.UPDATE_TENANT, id=id, input={"name": "Theirs"}, expectedVersion=1)
    assert stale.user_errors("updateTenant") == [("CONFLICT", ["expectedVersion"])]
    assert stale.data["updateTenant"]["tenant"]["name"] == "Ours"
    cleared = await renamed(documents.UPDATE_TENANT, id=id, input={"name": None})
    assert cleared.user_errors("updateTenant") == [("REQUIRED", ["input", "name"])]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
async def test_only_owners_update_or_close_tenant(role: Role, app_fixture: AppFixture) -> None:
    client, id = app_fixture.tenant.client(role), tenant_id(app_fixture)
    for document in (documents.UPDATE_TENANT, documents.CLOSE_TENANT):
        response = await client(document, id=id, input={"name": "Mine"})
        assert response.error_codes == ["FORBIDDEN"]
    assert (await client(documents.CURRENT_TENANT)).data["tenant"]["name"] == "Here"


async def test_only_current_tenant_is_updated_or_closed(app_fixture: AppFixture) -> None:
    owner_of_both = app_fixture.tenant.users[Role.OWNER]
    client = app_fixture.client(owner_of_both, "here")
    (await client(documents.CREATE_TENANT, input=NEW_TENANT)).payload("createTenant")
    own_tenant_id = (await client.with_headers(**{"X-Tenant": NEW_TENANT["slug"]})(documents.CURRENT_TENANT)).data[
        "tenant"
    ]["id"]
    for id in (own_tenant_id, tenant_id(app_fixture, "there"), public_id("tenant", new_id()), "tenant_", "here"):
        for name, document in (("updateTenant", documents.UPDATE_TENANT), ("closeTenant", documents.CLOSE_TENANT)):
            response = await client(document, id=id, input={"name": "Other"})
            assert response.user_errors(name) == [("NOT_FOUND", ["id"])]


async def close_tenant(app_fixture: AppFixture) -> None:
    """Close `app_fixture.tenant`."""
    response = await app_fixture.tenant.client(Role.OWNER)(
        documents.CLOSE_TENANT, id=tenant_id(app_fixture), expectedVersion=1
    )
    assert response.payload("closeTenant")["tenant"]["name"] == "Here"


async def send_all_operations(client: Client, id: str) -> list[Any]:
    """Send all operations that concern a tenant; return the response bodies."""
    operations: list[tuple[str, dict[str, Any]]] = [
        (documents.VIEWER, {}),
        (documents.CURRENT_TENANT, {}),
        (documents.NODE, {"id": id}),
        (documents.UPDATE_TENANT, {"id": id, "input": {"name": "Again"}}),
        (documents.CLOSE_TENANT, {"id": id}),
        (documents.LEAVE_TENANT, {"id": id}),
        (documents.connection("Task"), {}),
        (documents.create("Team"), {"input": {"name": "Again"}}),
    ]
    return [(await client(document, **variables)).body for document, variables in operations]


@pytest.mark.parametrize("role", Role)
async def test_closed_tenant_is_indistinguishable_from_foreign_or_missing(role: Role, app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[role]
    await close_tenant(app_fixture)
    closed = await send_all_operations(app_fixture.client(user, "here"), tenant_id(app_fixture))
    foreign = await send_all_operations(app_fixture.client(user, "there"), tenant_id(app_fixture, "there"))
    missing = await send_all_operations(app_fixture.client(user, "nowhere"), public_id("tenant", new_id()))
    by_id = await send_all_operations(app_fixture.client(user, tenant_id(app_fixture)), tenant_id(app_fixture))
    assert closed == foreign == missing == by_id
    assert closed[0]["data"]["viewer"]["memberships"]["nodes"] == []
    assert {response["errors"][0]["extensions"]["code"] for response in closed[1:]} == {"FORBIDDEN"}


async def test_closed_tenant_is_invisible_from_another_tenant(app_fixture: AppFixture) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    (await owner(documents.CREATE_TENANT, input=NEW_TENANT)).payload("createTenant")
    other_tenant_client = owner.with_headers(**{"X-Tenant": NEW_TENANT["slug"]})
    (membership,) = [
        node
        for node in (await other_tenant_client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
        if node["tenant"]["slug"] == "here"
    ]
    ids = [tenant_id(app_fixture), membership["id"]]
    assert [node["id"] for node in (await other_tenant_client(documents.NODES, ids=ids)).data["nodes"]] == ids
    await close_tenant(app_fixture)
    assert (await other_tenant_client(documents.NODES, ids=ids)).data["nodes"] == [None, None]
    memberships = (await other_tenant_client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
    assert [membership["tenant"]["slug"] for membership in memberships] == [NEW_TENANT["slug"]]


async def test_slug_of_closed_tenant_stays_taken(app_fixture: AppFixture) -> None:
    await close_tenant(app_fixture)
    response = await app_fixture.other_tenant.client(Role.OWNER)(
        documents.CREATE_TENANT, input=NEW_TENANT | {"slug": "here"}
    )
    assert response.user_errors("createTenant") == [("TAKEN", ["input", "slug"])]


async def test_one_of_many_concurrent_closes_succeeds(app_fixture: AppFixture) -> None:
    owner, id = app_fixture.tenant.client(Role.OWNER), tenant_id(app_fixture)
    responses = await asyncio.gather(*(owner(documents.CLOSE_TENANT, id=id) for _ in range(10)))
    assert sorted(response.error_codes for response in responses) == [[]] + [["FORBIDDEN"]] * 9


async def test_members_are_visible_to_all_and_invitations_to_inviters(
    app_fixture: AppFixture,
) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    (await owner(documents.INVITE_MEMBER, input={"email": "new@here.test"})).payload("inviteMember")
    for role in Role:
        tenant = (await app_fixture.tenant.client(role)(documents.CURRENT_TENANT)).data["tenant"]
        assert {node["user"]["email"] for node in tenant["members"]["nodes"]} == {
            user.email for user in app_fixture.tenant.users.values()
        }
        assert tenant["invitations"]["totalCount"] == (0 if role is Role.MEMBER else 1)


async def test_members_are_filtered_and_sorted(app_fixture: AppFixture) -> None:
    query = """query ($where: MembershipWhere, $orderBy: [MembershipOrder!]) {
      tenant { members(where: $where, orderBy: $orderBy) { totalCount nodes { role user { email } } } }
    }"""
    member_client = app_fixture.tenant.client()
    by_role = {"orderBy": [{"field": "ROLE", "direction": "ASC"}]}
    nodes = (await member_client(query, **by_role)).data["tenant"]["members"]["nodes"]
    assert [node["role"] for node in nodes] == ["OWNER", "ADMIN", "MEMBER"]
    for where, number in (
        ({"role": {"in": ["OWNER", "ADMIN"]}}, 2),
        ({"user": {"email": {"startsWith": "ADMIN@"}}}, 1),
        ({"user": {"fullName": {"contains": "here"}}}, 3),
        ({"user": {"fullName": {"contains": "there"}}}, 0),
        ({"user": {"not": {"email": {"eq": "admin@here.test"}}}}, 2),
        ({"or": [{"role": {"eq": "OWNER"}}, {"user": {"email": {"eq": "member@here.test"}}}]}, 2),
    ):
        members = (await member_client(query, where=where)).data["tenant"]["members"]
        assert (where, members["totalCount"]) == (where, number)


async def test_superuser_only_fields_cannot_be_filtered_on(app_fixture: AppFixture) -> None:
    query = "query ($where: MembershipWhere) { tenant { members(where: $where) { totalCount } } }"
    for name, value in {"isActive": True, "isSuperuser": True, "lastLogin": "2026-01-01T00:00:00Z"}.items():
        response = await app_fixture.tenant.client(Role.OWNER)(query, where={"user": {name: {"eq": value}}})
        assert response.error_codes == ["BAD_USER_INPUT"]
