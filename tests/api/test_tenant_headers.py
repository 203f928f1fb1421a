"""The X-Tenant and X-Tenant-ID headers, which select the tenant of a request."""

import httpx

from models import Task
from models.ids import public_id
from models.membership import Role
from services.people.user import add_member
from tests.support import documents
from tests.support.app_fixture import AppFixture


async def query_titles(app_fixture: AppFixture, *headers: tuple[str, str]) -> httpx.Response:
    """Send a query of task titles with these headers."""
    token = app_fixture.access_token(app_fixture.tenant.users[Role.MEMBER])
    body = {"query": "{ tasks { nodes { title } } }"}
    return await app_fixture.http.post("/graphql", json=body, headers=[("Authorization", f"Bearer {token}"), *headers])


async def test_tenant_is_named_by_slug_or_id_in_either_header(app_fixture: AppFixture) -> None:
    await app_fixture.tenant.create(Task, title="Dig")
    id = public_id("tenant", app_fixture.tenant.id)
    for value in ("here", " here ", id):
        for name in ("X-Tenant", "x-tenant", "X-Tenant-ID"):
            response = await query_titles(app_fixture, (name, value))
            assert response.json() == {"data": {"tasks": {"nodes": [{"title": "Dig"}]}}}


async def test_both_headers_may_have_same_value(app_fixture: AppFixture) -> None:
    response = await query_titles(app_fixture, ("X-Tenant", "here"), ("X-Tenant-ID", "here"))
    assert response.json() == {"data": {"tasks": {"nodes": []}}}


async def test_conflicting_headers_are_rejected(app_fixture: AppFixture) -> None:
    for headers in (
        [("X-Tenant", "here"), ("X-Tenant-ID", "there")],
        [("X-Tenant", "here"), ("X-Tenant", "there")],
        [("X-Tenant", "here"), ("X-Tenant-ID", "")],
    ):
        response = await query_titles(app_fixture, *headers)
        assert (response.status_code, response.json().keys()) == (400, {"errors"})
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}
        assert "X-Tenant" in error["message"]


async def test_tenant_name_with_nul_is_forbidden(app_fixture: AppFixture) -> None:
    for name in ("here\0", "\0", "tenant_\0"):
        response = await query_titles(app_fixture, ("X-Tenant", name))
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["FORBIDDEN"]


async def test_member_of_two_tenants_sees_the_named_one(app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    await app_fixture.other_tenant.run_use_case(
        lambda work: add_member(work, app_fixture.other_tenant.id, user.id, Role.ADMIN)
    )
    await app_fixture.tenant.create(Task, title="Here")
    await app_fixture.other_tenant.create(Task, title="There")
    for slug, title in (("here", "Here"), ("there", "There")):
        client = app_fixture.client(user, slug)
        assert (await client("{ tasks { nodes { title } } }")).data["tasks"]["nodes"] == [{"title": title}]
        memberships = (await client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
        assert {membership["tenant"]["slug"]: membership["role"] for membership in memberships} == {
            "here": "MEMBER",
            "there": "ADMIN",
        }


# Without a header


async def test_member_of_one_tenant_need_not_name_it(app_fixture: AppFixture) -> None:
    client = app_fixture.client(app_fixture.tenant.users[Role.MEMBER])
    await client(documents.create("Task"), input={"title": "Dig"})
    for _ in range(2):  # the second request uses the cached principal
        assert (await client("{ tasks { nodes { title } } }")).data["tasks"]["nodes"] == [{"title": "Dig"}]
    assert "tasks" in (await client("{ viewer { permissions } }")).data["viewer"]["permissions"]
    assert (await client("{ auditLog { totalCount } }")).error_codes == ["FORBIDDEN"]


async def test_member_of_several_tenants_gets_their_slugs(app_fixture: AppFixture) -> None:
    user, other = app_fixture.tenant.users[Role.MEMBER], app_fixture.other_tenant
    client = app_fixture.client(user)
    assert (await client("{ tasks { totalCount } }")).data["tasks"] == {"totalCount": 0}
    await other.run_use_case(lambda work: add_member(work, other.id, user.id, Role.ADMIN))
    create = documents.create("Task")
    for response in (await client("{ tasks { totalCount } }"), await client(create, input={"title": "Dig"})):
        (error,) = response.body["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "tenants": ["here", "there"]}
        assert error["message"].endswith("Send one of them in X-Tenant: here, there.")
    assert len((await client(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]) == 2
    named = await client.with_headers(**{"X-Tenant": "nowhere"})("{ tasks { totalCount } }")
    assert named.body["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


async def test_closed_tenant_does_not_count(app_fixture: AppFixture) -> None:
    user, other = app_fixture.tenant.users[Role.MEMBER], app_fixture.other_tenant
    await other.run_use_case(lambda work: add_member(work, other.id, user.id, Role.ADMIN))
    await other.client(Role.OWNER)(
        "mutation ($id: ID!) { closeTenant(id: $id) { tenant { id } } }", id=public_id("tenant", other.id)
    )
    client = app_fixture.client(user)
    assert (await client("{ tasks { totalCount } }")).data["tasks"] == {"totalCount": 0}


async def test_user_without_membership_can_use_public_operations(app_fixture: AppFixture) -> None:
    user = await app_fixture.create_user("new@here.test")
    client = app_fixture.client(user)
    assert (await client("{ viewer { email } }")).data["viewer"]["email"] == "new@here.test"
    (error,) = (await client("{ tasks { totalCount } }")).body["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN"}
    assert error["message"] == "You are not a member of any tenant. Create one, or accept an invitation."
    assert (await client(documents.CREATE_TENANT, input={"name": "New", "slug": "new"})).payload("createTenant")
    assert (await client("{ tasks { totalCount } }")).data["tasks"] == {"totalCount": 0}
