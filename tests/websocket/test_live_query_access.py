"""Which live queries are refused, and how they end with the access of their client."""

from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI

from models.membership import Role
from server.live import feed_stream
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.live_queries import watch
from tests.support.memberships import demote_admin, membership_id
from tests.support.subscriptions import subscribe

TEAMS = "query @live { teams { nodes { name } } }"


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("query @live { viewer { sessions { totalCount } } }", "User.sessions"),
        ("query @live { changes { newestCursor } }", "Query.changes"),
        ('query @live { tenant(by: {slug: "there"}) { name } }', "Query.tenant(by:)"),
        ('query ($by: TenantKey = {slug: "there"}) @live { tenant(by: $by) { name } }', "Query.tenant(by:)"),
        (
            "query ($if: Boolean!) @live { teams { totalCount } apiKeys @include(if: $if) { totalCount } }",
            "Query.apiKeys",
        ),
    ],
)
async def test_fields_without_declaration_are_refused(
    app: FastAPI, tenant: TenantFixture, query: str, field: str
) -> None:
    async with subscribe(app, tenant.client(Role.OWNER).headers, query, **{"if": False}) as subscriber:
        message = await subscriber.socket.receive()
        assert message["type"] == "error"
        (error,) = message["payload"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(f"`{field}` cannot be used with `@live`")


async def test_clients_without_access_are_refused(app: FastAPI, app_fixture: AppFixture) -> None:
    async with subscribe(app, {}, TEAMS) as subscriber:
        assert await subscriber.error_codes() == ["UNAUTHENTICATED"]
    outsider = app_fixture.client(app_fixture.other_tenant.users[Role.OWNER], "here")
    async with subscribe(app, outsider.headers, TEAMS) as subscriber:
        assert await subscriber.error_codes() == ["FORBIDDEN"]
    async with watch(app, app_fixture.tenant.client(), "query @live { accounts { totalCount } }") as live:
        payload = await live.next_payload()
        assert payload["data"] == {"accounts": None}
        assert [error["extensions"]["code"] for error in payload["errors"]] == ["FORBIDDEN"]


async def _remove_admin(tenant: TenantFixture) -> None:
    id = await membership_id(tenant, tenant.users[Role.ADMIN])
    response = await tenant.client(Role.OWNER)(
        "mutation ($id: ID!) { removeMember(id: $id) { userErrors { code } } }", id=id
    )
    assert response.payload("removeMember")


async def _log_out_admin(tenant: TenantFixture) -> None:
    await tenant.client(Role.ADMIN)("mutation { logoutEverywhere { done } }")


@pytest.mark.parametrize("end_access", [demote_admin, _remove_admin, _log_out_admin])
async def test_live_query_ends_with_the_access(
    app: FastAPI,
    tenant: TenantFixture,
    end_access: Callable[[TenantFixture], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if end_access is _log_out_admin:
        monkeypatch.setattr(feed_stream, "CHECK_SECONDS", 0.05)
    async with watch(app, tenant.client(Role.ADMIN), "query @live { accounts { totalCount } }") as live:
        assert (await live.next_data())["accounts"] == {"totalCount": 0}
        await end_access(tenant)
        assert await live.error_codes() in (["FORBIDDEN"], ["UNAUTHENTICATED"])
