"""Malformed request headers never cause an internal error; a malformed Origin is not allowed to use cookies."""

import logging
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import example, given
from hypothesis import strategies as st
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server.http.body_limit import BodyLimitMiddleware
from server.seed.demo_users import PASSWORD as DEMO_PASSWORD
from tests.server.asgi_client import run_app
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture, known_refresh_token
from tests.support.client import Client
from tests.support.hypothesis_settings import deterministic_settings

MALFORMED_ORIGINS = (
    *("http://[", "http://]", "http://[x]", "http://[::1", "http://a]b", "http://[v1.x]:x", "http://\u2100.test"),
    *("", "://", "http://", "null", "*", "[", "http://a:99999999", "http://%zz", "http://allotment.test/"),
)
LOGIN = {"email": "member@here.test", "password": PASSWORD, "refreshTokenIn": "COOKIE"}
HEADERS = (
    *(b"x-tenant", b"x-tenant-id", b"authorization", b"cookie", b"user-agent", b"x-forwarded-for", b"origin"),
    *(b"x-forwarded-proto", b"accept", b"content-type", b"content-length", b"idempotency-key", b"x-request-id"),
    *(b"host", b"sec-fetch-site", b"transfer-encoding", b"access-control-request-method"),
)
FRAGMENTS = st.sampled_from((
    *(b"Bearer ", b"allotment-refresh=", b"application/json", b"; charset=", b"q=", b"http://[", b"]", b"%00"),
    *(b"\0", b"\xff", b"\xc3\xa9", b"\r\n", b",", b";", b'"', b"\\777", b"=", b"eyJhbGciOiJIUzI1NiJ9.", b"here", b" "),
    *(b"9" * 5000, b"x" * 70_000, b"1e999", b"nan", b"*/*", b"::1", b"key_", b"refresh_", b"%"),
))  # fmt: skip
VALUES = FRAGMENTS | st.lists(FRAGMENTS | st.binary(max_size=20), max_size=5).map(b"".join)
HEADER_LISTS = st.lists(st.tuples(st.sampled_from(HEADERS), VALUES), max_size=4)
REQUESTS = (
    '{"query": "{ viewer { email } teams { totalCount } }"}',
    '{"query": "mutation { refreshSession { accessToken } }"}',
    '{"query": "mutation { logout { done } }"}',
)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("origin", MALFORMED_ORIGINS)
async def test_malformed_origin_is_foreign(
    origin: str, app_fixture: AppFixture, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(app_fixture.http, **{"X-Tenant": "here", "Origin": origin.encode("latin-1", "replace").decode()})
    cookie = f"allotment-refresh={known_refresh_token('member@here.test')}"
    with_cookie = Client(app_fixture.http, **client.headers, Cookie=cookie)
    assert (await client(documents.LOGIN, input=LOGIN)).error_codes == ["FORBIDDEN"]
    assert (await with_cookie(documents.REFRESH_SESSION)).error_codes == ["FORBIDDEN"]
    reset = await client(documents.RESET_PASSWORD, input={"token": "x", "newPassword": PASSWORD})
    assert "INTERNAL" not in str(reset.body)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_malformed_origin_may_use_payload(app_fixture: AppFixture) -> None:
    client = Client(app_fixture.http, **{"X-Tenant": "here", "Origin": "http://["})
    response = await client(documents.LOGIN, input=LOGIN | {"refreshTokenIn": "PAYLOAD"})
    assert response.payload("login")["accessToken"]


def test_malformed_origin_is_foreign_over_socket(socket_client: httpx.Client) -> None:
    credentials = {"email": "owner@demo.test", "password": DEMO_PASSWORD, "refreshTokenIn": "COOKIE"}
    body: dict[str, Any] = {"query": documents.LOGIN, "variables": {"input": credentials}}
    response = socket_client.post("/graphql", json=body, headers={"Origin": "http://["})
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (200, "FORBIDDEN")


@pytest.mark.only("sqlite")
@deterministic_settings(300)
@example(headers=[(b"content-length", b"9" * 5000)], body=REQUESTS[0])
@example(headers=[(b"origin", b"http://["), (b"cookie", b"allotment-refresh=refresh_x")], body=REQUESTS[1])
@given(headers=HEADER_LISTS, body=st.sampled_from(REQUESTS))
async def test_arbitrary_headers_never_cause_internal_error(
    app: FastAPI, app_fixture: AppFixture, headers: list[tuple[bytes, bytes]], body: str
) -> None:
    behind_proxy: Any = ProxyHeadersMiddleware(app, trusted_hosts="*")  # type: ignore[arg-type]
    defaults = [
        (name, value)
        for name, value in ((b"content-type", b"application/json"), (b"host", b"allotment.test"))
        if name not in dict(headers)
    ]
    scope = {"path": "/graphql", "headers": headers + defaults, "client": ("127.0.0.1", 1), "scheme": "http"}
    exchange = await run_app(behind_proxy, scope, [{"type": "http.request", "body": body.encode()}])
    content = b"".join(message.get("body", b"") for message in exchange.sent)
    assert all(status < 500 for status in exchange.statuses), headers
    assert b'"INTERNAL"' not in content, (headers, content)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(("length", "statuses"), [(b"9" * 5000, [413]), (b"0" * 5000 + b"5", [204])])
async def test_content_length_may_have_thousands_of_digits(length: bytes, statuses: list[int]) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})

    scope = {"headers": [(b"content-length", length)]}
    assert (await run_app(BodyLimitMiddleware(app, 1000), scope)).statuses == statuses
