"""Tenants by their id or slug, and users by their address."""

from typing import Any

import pytest

from database.authentication import Credentials
from models.ids import new_id, public_id
from models.membership import Role
from services.core.use_case import run_use_case
from services.people import user as people
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client

TENANT = "query ($by: TenantKey) { tenant(by: $by) { id slug members { nodes { user { email } } } } }"
USER = "query ($by: UserKey!) { user(by: $by) { email } }"
API_KEY = 'mutation { createApiKey(input: {name: "Key", role: OWNER}) { secret } }'


def keys_of(app_fixture: AppFixture, slug: str) -> list[dict[str, str]]:
    """Return the keys of a tenant."""
    return [{"slug": slug}, {"id": public_id("tenant", app_fixture.tenants[slug].id)}]


async def find_slug(client: Client, by: Any) -> str | None:
    """Return the slug of the tenant with this key."""
    tenant = (await client(TENANT, by=by)).data["tenant"]
    return None if tenant is None else str(tenant["slug"])


async def test_member_finds_own_tenant_with_and_without_header(app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    for by in keys_of(app_fixture, "here"):
        for header in (None, "here", "there", "nowhere"):
            assert await find_slug(app_fixture.client(user, header), by) == "here"
    assert await find_slug(app_fixture.tenant.client(), {"slug": " here "}) == "here"


async def test_tenants_of_others_are_null_like_unknown_ones(app_fixture: AppFixture) -> None:
    unknown = [{"slug": "nowhere"}, {"slug": "HERE!"}, {"slug": ""}, {"id": public_id("tenant", new_id())}, {"id": "x"}]
    for client in (app_fixture.tenant.client(Role.OWNER), app_fixture.client(await app_fixture.create_user())):
        responses = [await client(TENANT, by=by) for by in (*keys_of(app_fixture, "there"), *unknown)]
        assert [response.body for response in responses] == [{"data": {"tenant": None}}] * len(responses)


async def test_member_of_several_tenants_finds_each(app_fixture: AppFixture) -> None:
    user, other = app_fixture.tenant.users[Role.MEMBER], app_fixture.other_tenant
    insert = lambda work: people.add_member(work, other.id, user.id, Role.MEMBER)  # noqa: E731
    await run_use_case(app_fixture.database, Credentials(), insert)
    client = app_fixture.client(user)
    assert [await find_slug(client, {"slug": slug}) for slug in ("here", "there")] == ["here", "there"]
    assert (await client(TENANT)).error_codes == ["FORBIDDEN"]  # the current tenant is not known
    members = (await app_fixture.client(user, "here")(TENANT, by={"slug": "there"})).data["tenant"]["members"]
    assert members["nodes"] == [{"user": {"email": user.email}}]  # other members only with the header


async def test_closed_tenant_is_found_by_superusers_only(app_fixture: AppFixture, superuser_client: Client) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    by_slug, by_id = keys_of(app_fixture, "here")
    assert (await owner(documents.CLOSE_TENANT, **by_id)).payload("closeTenant")
    for by in (by_slug, by_id):
        assert await find_slug(owner, by) is None
        assert await find_slug(superuser_client, by) == "here"
    for by in keys_of(app_fixture, "there"):
        assert await find_slug(superuser_client, by) == "there"


async def test_lookup_requires_a_signed_in_user(app_fixture: AppFixture) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    secret = (await owner(API_KEY)).data["createApiKey"]["secret"]
    key_client = Client(app_fixture.http, Authorization=f"Bearer {secret}")
    assert (await key_client(TENANT, by={"slug": "here"})).error_codes == ["FORBIDDEN"]
    assert (await key_client(TENANT)).data["tenant"]["slug"] == "here"
    assert (await app_fixture.client()(TENANT, by={"slug": "here"})).error_codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("by", [{}, {"id": "x", "slug": "here"}, {"slug": None}, {"name": "Here"}])
async def test_invalid_keys_are_refused(by: Any, member_client: Client) -> None:
    assert (await member_client(TENANT, by=by)).error_codes == ["BAD_USER_INPUT"]


async def test_past_of_another_than_the_current_tenant_is_refused(app_fixture: AppFixture) -> None:
    query = '{ tenant(by: {slug: "here"}, asOf: "2999-01-01T00:00:00Z") { slug } }'
    assert (await app_fixture.tenant.client(Role.ADMIN)(query)).error_codes == ["BAD_USER_INPUT"]


async def test_superuser_finds_users_by_id_and_address(app_fixture: AppFixture, superuser_client: Client) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    for by in ({"email": user.email}, {"email": " MEMBER@here.test"}, {"id": public_id("user", user.id)}):
        assert (await superuser_client(USER, by=by)).data["user"] == {"email": user.email}
    for by in ({"email": "unknown@here.test"}, {"email": "x"}, {"id": "user_x"}, {"id": public_id("user", new_id())}):
        assert (await superuser_client(USER, by=by)).data["user"] is None
    owner = app_fixture.tenant.client(Role.OWNER)
    assert (await owner(USER, by={"email": user.email})).error_codes == ["FORBIDDEN"]
    assert (await app_fixture.client()(USER, by={"email": user.email})).error_codes == ["UNAUTHENTICATED"]


async def test_deleted_user_is_not_found(app_fixture: AppFixture, superuser_client: Client) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    id = public_id("user", user.id)
    assert (await superuser_client(documents.DELETE_USER, id=id)).payload("deleteUser")
    assert (await superuser_client(USER, by={"id": id})).data["user"] is None
