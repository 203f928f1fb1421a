"""Sessions: listing, revocation, logout and permissions."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from models import Session
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client

EMAIL = "member@here.test"


async def sign_in(app_fixture: AppFixture, agent: str, email: str = EMAIL) -> tuple[Client, dict[str, Any]]:
    """Sign in with this user agent; return a client and the payload."""
    anonymous = app_fixture.client().with_headers(**{"User-Agent": agent})
    login_payload = (await anonymous(documents.LOGIN, input={"email": email, "password": PASSWORD})).payload("login")
    return app_fixture.client().with_token(login_payload["accessToken"]), login_payload


async def list_sessions(client: Client) -> list[dict[str, Any]]:
    """Return the viewer's sessions."""
    nodes: list[dict[str, Any]] = (await client(documents.SESSIONS)).data["viewer"]["sessions"]["nodes"]
    return nodes


async def test_viewer_lists_own_sessions_and_the_current_one(app_fixture: AppFixture) -> None:
    phone, _ = await sign_in(app_fixture, "A phone")
    laptop, _ = await sign_in(app_fixture, "A laptop" + "!" * 300)
    await sign_in(app_fixture, "Another user's", "owner@here.test")
    visible_sessions = await list_sessions(phone)
    assert [(session["userAgent"][:8], session["isCurrent"]) for session in visible_sessions] == [
        ("A laptop", False),
        ("A phone", True),
        ("The test", False),
    ]
    assert all(session["address"] and session["expiresAt"] > session["lastUsedAt"] for session in visible_sessions)
    assert [session["isCurrent"] for session in await list_sessions(laptop)] == [True, False, False]


async def test_any_user_agent_is_accepted(app_fixture: AppFixture) -> None:
    for agent in ("", "   ", "x" * 10_000, "tab\there"):
        client, _ = await sign_in(app_fixture, agent)
        assert (await list_sessions(client))[0]["isCurrent"]


async def test_invalid_ip_address_is_not_stored(app_fixture: AppFixture, app: FastAPI) -> None:
    for host, stored_address in (
        ("2001:db8::7", "2001:db8::7"),
        ("x" * 500, None),
        ("", None),
        ("1.2.3.4, 5.6.7.8", None),
    ):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
            anonymous = Client(http)
            login_response = await anonymous(documents.LOGIN, input={"email": EMAIL, "password": PASSWORD})
            visible_sessions = await list_sessions(anonymous.with_token(login_response.payload("login")["accessToken"]))
            assert visible_sessions[0]["address"] == stored_address


async def test_revoke_session_ends_only_that_session(app_fixture: AppFixture) -> None:
    phone, login_payload = await sign_in(app_fixture, "A phone")
    laptop, _ = await sign_in(app_fixture, "A laptop")
    (id,) = [session["id"] for session in await list_sessions(laptop) if session["userAgent"] == "A phone"]
    assert (await laptop(documents.REVOKE_SESSION, id=id)).payload("revokeSession")["session"]["id"] == id
    assert (await phone(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    token = {"refreshToken": login_payload["refreshToken"]}
    assert (await app_fixture.client()(documents.REFRESH_SESSION, input=token)).error_codes == ["UNAUTHENTICATED"]
    assert id not in [session["id"] for session in await list_sessions(laptop)]
    second_revocation = await laptop(documents.REVOKE_SESSION, id=id)
    assert second_revocation.user_errors("revokeSession") == [("NOT_FOUND", ["id"])]


async def test_sessions_of_other_users_are_not_visible_or_revocable(app_fixture: AppFixture) -> None:
    foreign_id = public_id("session", app_fixture.session_id(Role.MEMBER))
    owner = app_fixture.tenant.client(Role.OWNER)
    for id in (foreign_id, public_id("session", new_id()), "session_", "", foreign_id.upper()):
        assert (await owner(documents.REVOKE_SESSION, id=id)).user_errors("revokeSession") == [("NOT_FOUND", ["id"])]
        assert (await owner(documents.NODE, id=id)).data["node"] is None
    members_query = (
        "{ viewer { memberships { nodes { tenant { id } user { id sessions { totalCount } permissions } } } } }"
    )
    (membership,) = (await owner(members_query)).data["viewer"]["memberships"]["nodes"]
    assert membership["user"]["sessions"]["totalCount"] == 1
    assert (await app_fixture.tenant.client()(documents.VIEWER)).data["viewer"]["sessions"]["totalCount"] == 1


async def test_logout_ends_current_session(app_fixture: AppFixture) -> None:
    phone, login_payload = await sign_in(app_fixture, "A phone")
    laptop, _ = await sign_in(app_fixture, "A laptop")
    assert (await phone(documents.LOGOUT)).payload("logout") == {"done": True, "userErrors": []}
    assert (await phone(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    assert (await phone(documents.LOGOUT)).error_codes == ["UNAUTHENTICATED"]
    token = {"refreshToken": login_payload["refreshToken"]}
    assert (await app_fixture.client()(documents.REFRESH_SESSION, input=token)).error_codes == ["UNAUTHENTICATED"]
    assert (await laptop(documents.VIEWER)).error_codes == []


async def test_logout_with_refresh_token_only_is_idempotent(app_fixture: AppFixture) -> None:
    phone, login_payload = await sign_in(app_fixture, "A phone")
    for _ in range(2):
        response = await app_fixture.client()(documents.LOGOUT, input={"refreshToken": login_payload["refreshToken"]})
        assert response.payload("logout")["done"] is True
        assert (await phone(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    assert (await app_fixture.client()(documents.LOGOUT, input={"refreshToken": "x"})).payload("logout")["done"] is True
    assert (await app_fixture.client()(documents.LOGOUT)).error_codes == ["UNAUTHENTICATED"]


async def test_logout_everywhere_ends_all_own_sessions(app_fixture: AppFixture) -> None:
    phone, _ = await sign_in(app_fixture, "A phone")
    laptop, _ = await sign_in(app_fixture, "A laptop")
    assert (await phone(documents.LOGOUT_EVERYWHERE)).payload("logoutEverywhere")["done"] is True
    for client in (phone, laptop, app_fixture.tenant.client()):
        assert (await client(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    assert (await app_fixture.tenant.client(Role.OWNER)(documents.VIEWER)).error_codes == []
    session = table_of(Session)
    is_own_session = session.c.user_id == app_fixture.tenant.users[Role.MEMBER].id
    assert all(row.revoked_at for row in await app_fixture.fetch_rows(select(session).where(is_own_session)))


@pytest.mark.parametrize("role", Role)
async def test_permissions_list_operations_allowed_in_tenant(app_fixture: AppFixture, role: Role) -> None:
    permissions_query = "{ viewer { permissions } }"
    user = app_fixture.tenant.users[role]
    in_tenant = set((await app_fixture.tenant.client(role)(permissions_query)).data["viewer"]["permissions"])
    without_tenant = set((await app_fixture.client(user, "there")(permissions_query)).data["viewer"]["permissions"])
    assert {"login", "viewer", "logoutEverywhere", "changePassword"} <= without_tenant
    assert without_tenant & {"tasks", "createTask", "createApiKey", "apiKeys", "node"} == set()
    assert {"tasks", "createTask", "node"} | without_tenant <= in_tenant
    assert ({"createApiKey", "revokeApiKey", "apiKeys"} <= in_tenant) == (role is Role.OWNER)
    unnamed = set((await app_fixture.client(user)(permissions_query)).data["viewer"]["permissions"])
    assert unnamed == in_tenant


async def test_session_id_of_another_user_does_not_validate_token(app_fixture: AppFixture) -> None:
    member, owner = app_fixture.tenant.users[Role.MEMBER], app_fixture.tenant.users[Role.OWNER]
    for user_id, session_id in ((member.id, app_fixture.session_ids[owner.id]), (member.id, new_id())):
        client = app_fixture.client(tenant="here").with_token(app_fixture.tokens.issue(user_id, session_id))
        assert (await client(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    session = table_of(Session)
    await app_fixture.execute_sql(update(session).values(user_id=owner.id))
    assert (await app_fixture.tenant.client()(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
