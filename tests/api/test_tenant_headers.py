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
