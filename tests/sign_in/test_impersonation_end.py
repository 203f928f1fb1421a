"""How an impersonation ends: by the user, the owners, the superuser, or with the rights of the superuser."""

import asyncio

import pytest
from sqlalchemy import delete, select, update

from models import Membership, Session
from models.base import utc_now
from models.ids import public_id
from models.membership import Role
from models.relations import table_of
from tests.sign_in.helpers import log_in
from tests.sign_in.impersonation_helpers import events_of, is_signed_in, sessions_of
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.impersonation import END_IMPERSONATION, create_superuser, impersonate
from tests.support.memberships import add_member, make_superuser, set_active

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("end", ["user", "owner", "superuser", "user_everywhere", "password"])
async def test_it_can_be_ended_by_others(app_fixture: AppFixture, end: str) -> None:
    _, client = await create_superuser(app_fixture)
    acting = await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
    (session,) = await sessions_of(acting)
    assert await is_signed_in(acting)
    member, owner = app_fixture.tenant.client(), app_fixture.tenant.client(Role.OWNER)
    for other in (app_fixture.tenant.client(Role.ADMIN), app_fixture.other_tenant.client(Role.OWNER)):
        refused = await other(documents.REVOKE_SESSION, id=session["id"])
        assert refused.user_errors("revokeSession") == [("NOT_FOUND", ["id"])]
    assert await is_signed_in(acting)
    if end == "user_everywhere":
        await member(documents.LOGOUT_EVERYWHERE)
    elif end == "password":
        changed = {"currentPassword": PASSWORD, "newPassword": "Another-horse-2!"}
        assert (await member(documents.CHANGE_PASSWORD, input=changed)).payload("changePassword")
    else:
        ender = {"user": member, "owner": owner, "superuser": client}[end]
        assert (await ender(documents.REVOKE_SESSION, id=session["id"])).payload("revokeSession")
        event = (await events_of(owner))[0]
        assert (event["kind"], event["impersonatorName"]) == ("SESSION_REVOKED", "Root Server")
    assert not await is_signed_in(acting)


@pytest.mark.parametrize("end", ["logout", "everywhere", "demoted", "deactivated", "expired", "target_promoted"])
async def test_it_ends_with_the_superuser(app_fixture: AppFixture, end: str) -> None:
    superuser = await add_member(app_fixture.other_tenant, "root@there.test", Role.OWNER)
    await make_superuser(app_fixture, superuser)
    client, member = app_fixture.client(superuser), app_fixture.tenant.users[Role.MEMBER]
    acting = await impersonate(client, member)
    assert await is_signed_in(acting)
    session = table_of(Session)
    if end == "logout":
        assert (await client(documents.LOGOUT)).payload("logout")
    elif end == "everywhere":
        assert (await client(documents.LOGOUT_EVERYWHERE)).payload("logoutEverywhere")
    elif end == "demoted":
        await make_superuser(app_fixture, superuser, is_superuser=False)
    elif end == "target_promoted":
        await make_superuser(app_fixture, member)
    elif end == "deactivated":
        await set_active(app_fixture, [superuser], active=False)
    else:
        is_acting = session.c.impersonator_id == superuser.id
        await app_fixture.execute_sql(update(session).where(is_acting).values(expires_at=utc_now()))
    assert not await is_signed_in(acting)
    if end in {"logout", "everywhere"}:
        assert len(await sessions_of(app_fixture.tenant.client())) == 1


async def test_deactivation_by_another_superuser_ends_it(app_fixture: AppFixture) -> None:
    superuser, client = await create_superuser(app_fixture)
    acting = await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
    other = app_fixture.tenant.users[Role.OWNER]
    await make_superuser(app_fixture, other)
    ids = {"ids": [public_id("user", superuser.id)], "active": False}
    assert (await app_fixture.client(other)(documents.SET_USERS_ACTIVE, **ids)).payload("setUsersActive")
    assert not await is_signed_in(acting)
    assert len(await sessions_of(app_fixture.tenant.client())) == 1


async def test_other_sessions_of_the_superuser_do_not_matter(app_fixture: AppFixture) -> None:
    _, client = await create_superuser(app_fixture)
    acting = await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
    payload = (await log_in(app_fixture, "root@server.test")).payload("login")
    second = app_fixture.client().with_token(payload["accessToken"])
    other = await impersonate(second, app_fixture.tenant.users[Role.ADMIN])
    assert (await second(documents.LOGOUT)).payload("logout")
    assert await is_signed_in(acting)
    assert not await is_signed_in(other)
    assert (await client("mutation { revokeOtherSessions { done } }")).data["revokeOtherSessions"]["done"]
    assert await is_signed_in(acting)


async def test_ending_leaves_the_own_session(app_fixture: AppFixture) -> None:
    _, client = await create_superuser(app_fixture)
    assert (await client(END_IMPERSONATION)).payload("endImpersonation")["done"] is False
    acting = await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
    results = await asyncio.gather(*(acting(END_IMPERSONATION) for _ in range(3)))
    assert any(response.body.get("data", {}).get("endImpersonation") for response in results)
    assert not await is_signed_in(acting)
    assert (await client(documents.VIEWER)).data["viewer"]["email"] == "root@server.test"
    assert (await app_fixture.tenant.client()(documents.VIEWER)).data
    again = await impersonate(client, app_fixture.tenant.users[Role.MEMBER])
    assert (await again(documents.LOGOUT)).payload("logout")["done"]
    assert not await is_signed_in(again)


@pytest.mark.parametrize("document", [END_IMPERSONATION, documents.LOGOUT])
@pytest.mark.parametrize("is_member", [True, False])
async def test_it_ends_although_the_request_names_another_tenant(
    app_fixture: AppFixture, document: str, *, is_member: bool
) -> None:
    """Or the tenant of a former member, who may come back."""
    _, client = await create_superuser(app_fixture)
    member = app_fixture.tenant.users[Role.MEMBER]
    acting = await impersonate(client, member)
    if is_member:
        ending = acting.with_headers(**{"X-Tenant": app_fixture.other_tenant.slug})
    else:
        membership = table_of(Membership)
        await app_fixture.execute_sql(delete(membership).where(membership.c.user_id == member.id))
        ending = acting
    response = await ending(document)
    assert response.error_codes == []
    session = table_of(Session)
    rows = await app_fixture.fetch_rows(select(session.c.revoked_at).where(session.c.impersonator_id.is_not(None)))
    assert [row.revoked_at is None for row in rows] == [False]
