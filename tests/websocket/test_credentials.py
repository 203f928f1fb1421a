"""The credentials of a WebSocket: from connection_init or the handshake, for all of its operations."""

import asyncio

import pytest
from fastapi import FastAPI

from models.membership import Role
from services.people import session
from services.people.tokens import LEEWAY_SECONDS, AccessTokens
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.invalid_tokens import invalid_tokens
from tests.support.settings import SECRET_KEY
from tests.support.websocket_client import WebSocketClient, open_handshake, open_websocket

VIEWER = "{ viewer { email } }"
CREATE_TASK = 'mutation { createTask(input: {title: "Dig"}) { task { title } userErrors { code } } }'
TASKS = "{ tasks { nodes { title } } }"

SQLITE = pytest.mark.only("sqlite")


def codes(result: object) -> list[str]:
    assert isinstance(result, dict)
    return [error["extensions"]["code"] for error in result["errors"]]


async def initialize_as(socket: WebSocketClient, app_fixture: AppFixture, tenant: str, role: Role) -> None:
    await socket.initialize(**app_fixture.tenants[tenant].client(role).headers)


@SQLITE
async def test_payload_of_init_stands_for_headers(app: FastAPI, app_fixture: AppFixture) -> None:
    headers = app_fixture.tenant.client().headers
    async with open_websocket(app) as socket:
        await socket.initialize(authorization=headers["Authorization"], **{"x-tenant-id": headers["X-Tenant"]})
        assert await socket.execute(VIEWER) == {"data": {"viewer": {"email": "member@here.test"}}}
        assert await socket.execute(TASKS) == {"data": {"tasks": {"nodes": []}}}


@SQLITE
async def test_headers_of_the_handshake_are_used(app: FastAPI, app_fixture: AppFixture) -> None:
    headers = app_fixture.tenant.client().headers
    async with open_websocket(app, Authorization=headers["Authorization"], X_Tenant="there") as socket:
        await socket.initialize(**{"X-Tenant": "here"})  # the payload takes precedence
        assert await socket.execute(TASKS) == {"data": {"tasks": {"nodes": []}}}


async def test_sockets_of_two_tenants_are_isolated(app: FastAPI, app_fixture: AppFixture) -> None:
    async with open_websocket(app) as here, open_websocket(app) as there:
        await initialize_as(here, app_fixture, "here", Role.MEMBER)
        await initialize_as(there, app_fixture, "there", Role.MEMBER)
        created = await here.execute(CREATE_TASK)
        assert created == {"data": {"createTask": {"task": {"title": "Dig"}, "userErrors": []}}}
        results = await asyncio.gather(here.execute(TASKS), there.execute(TASKS))
        assert [result["data"]["tasks"]["nodes"] for result in results] == [[{"title": "Dig"}], []]


async def test_tenant_of_others_is_forbidden(app: FastAPI, app_fixture: AppFixture) -> None:
    headers = app_fixture.tenant.client().headers | {"X-Tenant": "there"}
    async with open_websocket(app) as socket:
        await socket.initialize(**headers)
        assert codes(await socket.execute(TASKS)) == ["FORBIDDEN"]


@SQLITE
async def test_invalid_token_is_forbidden(app: FastAPI, app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    tokens = invalid_tokens(user.id, app_fixture.session_ids[user.id])
    for token in (*tokens.values(), "", "alt_unknown"):
        async with open_websocket(app) as socket:
            await socket.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
            code, reason = await socket.receive_close()
            assert (code, reason[:11]) == (4403, "Forbidden: "), token


@SQLITE
async def test_malformed_headers_in_payload_close(app: FastAPI) -> None:
    for payload in ({"Authorization": 1}, {"X-Tenant": "☃"}, {"X-Tenant": "a", "X-Tenant-ID": "b"}):
        async with open_websocket(app) as socket:
            await socket.send({"type": "connection_init", "payload": payload})
            assert (await socket.receive_close())[0] == 4400


async def test_ended_session_is_noticed_by_next_operation_and_socket(app: FastAPI, app_fixture: AppFixture) -> None:
    async with open_websocket(app) as socket:
        await initialize_as(socket, app_fixture, "here", Role.MEMBER)
        assert "errors" not in await socket.execute(VIEWER)
        await app_fixture.tenant.run_use_case(session.end_sessions, Role.MEMBER)
        assert codes(await socket.execute(VIEWER)) == ["UNAUTHENTICATED"]
        async with open_websocket(app) as next_socket:
            await next_socket.send({"type": "connection_init", "payload": app_fixture.tenant.client().headers})
            assert (await next_socket.receive_close())[0] == 4403


@SQLITE
async def test_socket_closes_when_token_expires(app: FastAPI, app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    tokens = AccessTokens(SECRET_KEY, (1 - LEEWAY_SECONDS) / 60)  # type: ignore[arg-type]  # a part of a minute
    token = tokens.issue(user.id, app_fixture.session_ids[user.id])
    async with open_websocket(app) as socket:
        await socket.initialize(Authorization=f"Bearer {token}", **{"X-Tenant": "here"})
        assert await socket.receive_close() == (4403, "Forbidden: the access token has expired")


@SQLITE
async def test_login_does_not_change_the_credentials(app: FastAPI, app_fixture: AppFixture) -> None:
    email = app_fixture.tenant.users[Role.MEMBER].email
    login = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
    async with open_websocket(app) as socket:
        await socket.initialize()
        result = await socket.execute(login, variables={"input": {"email": email, "password": PASSWORD}})
        assert result["data"]["login"]["accessToken"]
        assert codes(await socket.execute(VIEWER)) == ["UNAUTHENTICATED"]


@SQLITE
async def test_cookies_are_neither_set_nor_read(app: FastAPI, app_fixture: AppFixture) -> None:
    values = {"email": app_fixture.tenant.users[Role.MEMBER].email, "password": PASSWORD, "refreshTokenIn": "COOKIE"}
    login = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
    async with open_websocket(app, Cookie="allotment-refresh=x") as socket:
        await socket.initialize()
        result = await socket.execute(login, variables={"input": values})
        assert codes(result) == ["FORBIDDEN"]
        assert "Cookies cannot be set over WebSocket" in result["errors"][0]["message"]
        assert codes(await socket.execute("mutation { refreshSession { accessToken } }")) == ["UNAUTHENTICATED"]


@SQLITE
async def test_pages_of_other_origins_are_refused(app: FastAPI) -> None:
    for origin, status in (("https://evil.test", 403), ("null", 403), ("http://allotment.test", None)):
        async with open_handshake(app, Origin=origin) as socket:
            assert (await socket.receive_message()).get("status") == status


async def test_idempotency_key_in_extensions(app: FastAPI, app_fixture: AppFixture) -> None:
    async with open_websocket(app) as socket:
        await initialize_as(socket, app_fixture, "here", Role.MEMBER)
        for _ in range(2):
            await socket.execute(CREATE_TASK, extensions={"idempotencyKey": "a-key"})
        for invalid_key in ("a key", 1, True, ["a-key"], {"a": "key"}):
            await socket.subscribe(CREATE_TASK, extensions={"idempotencyKey": invalid_key})
            assert await socket.receive_errors() == ["BAD_USER_INPUT"]
        assert len((await socket.execute(TASKS))["data"]["tasks"]["nodes"]) == 1
