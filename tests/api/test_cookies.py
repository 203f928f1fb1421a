"""Refresh tokens in cookies, and protection against cross-site requests."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx
import pytest
from fastapi import FastAPI

from server.config.settings import Settings
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture, known_refresh_token
from tests.support.client import Client, GraphQLResponse
from tests.support.settings import build_settings

COOKIE_NAME = "allotment-refresh"
LOGIN = {"email": "member@here.test", "password": PASSWORD, "refreshTokenIn": "COOKIE"}
ALLOWED_ORIGIN = "https://app.here.test"
FOREIGN_ORIGIN = "https://evil.test"


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings of a server whose frontend has another origin."""
    return build_settings(
        database_url,
        cors_origins=ALLOWED_ORIGIN,
        public_url=f"{ALLOWED_ORIGIN}/shop",
    )


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Client]:
    """A client that stores cookies and sends the frontend's origin."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
        yield Client(http, **{"X-Tenant": "here", "Origin": ALLOWED_ORIGIN})


def set_cookie_header(response: GraphQLResponse) -> str:
    """Return the Set-Cookie header of a response."""
    (cookie,) = response.headers.get_list("set-cookie")
    return cookie


async def test_browser_receives_refresh_token_in_cookie_only(app_fixture: AppFixture, browser: Client) -> None:
    response = await browser(documents.LOGIN, input=LOGIN)
    payload = response.payload("login")
    assert payload["refreshToken"] is None
    cookie = SimpleCookie(set_cookie_header(response))[COOKIE_NAME]
    assert cookie.value.startswith("refresh_")
    assert cookie.value not in str(response.body)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/graphql")
    assert 29 * 86400 < int(cookie["max-age"]) <= 30 * 86400
    assert response.headers["cache-control"] == "no-store"
    signed_in = browser.with_token(payload["accessToken"])
    assert (await signed_in(documents.VIEWER)).data["viewer"]["email"] == LOGIN["email"]


async def test_cookie_refreshes_and_ends_session(app_fixture: AppFixture, browser: Client) -> None:
    first = SimpleCookie(set_cookie_header(await browser(documents.LOGIN, input=LOGIN)))[COOKIE_NAME].value
    response = await browser(documents.REFRESH_SESSION)
    assert response.payload("refreshSession")["refreshToken"] is None
    assert SimpleCookie(set_cookie_header(response))[COOKIE_NAME].value != first
    assert (await browser(documents.REFRESH_SESSION)).payload("refreshSession")["accessToken"]
    logout_response = await browser(documents.LOGOUT)
    assert logout_response.payload("logout") == {"done": True, "userErrors": []}
    assert SimpleCookie(set_cookie_header(logout_response))[COOKIE_NAME]["max-age"] == "0"
    assert (await browser(documents.REFRESH_SESSION)).error_codes == ["UNAUTHENTICATED"]


async def test_token_in_input_takes_precedence_and_is_returned_in_payload(
    app_fixture: AppFixture, browser: Client
) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    response = await browser(documents.REFRESH_SESSION, input={"refreshToken": known_refresh_token("owner@here.test")})
    payload = response.payload("refreshSession")
    assert payload["user"]["email"] == "owner@here.test"
    assert payload["refreshToken"].startswith("refresh_")
    assert "set-cookie" not in response.headers


async def test_cookie_alone_does_not_authenticate(app_fixture: AppFixture, browser: Client) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    assert (await browser(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    assert (await browser(documents.create("Team"), input={"name": "Diggers"})).error_codes == ["UNAUTHENTICATED"]


FOREIGN_ORIGINS = [FOREIGN_ORIGIN, "null", f"{ALLOWED_ORIGIN}.evil.test", "http://app.here.test", "", "https://"]


@pytest.mark.only("sqlite")
async def test_page_of_another_origin_cannot_use_cookie(
    subtests: pytest.Subtests, app_fixture: AppFixture, browser: Client
) -> None:
    for origin in FOREIGN_ORIGINS:
        with subtests.test(origin=origin):
            await browser(documents.LOGIN, input=LOGIN)
            other = browser.with_headers(Origin=origin)
            for document, variables in (
                (documents.REFRESH_SESSION, {}),
                (documents.LOGOUT, {}),
                (documents.LOGIN, {"input": LOGIN}),
            ):
                response = await other(document, **variables)
                assert (response.error_codes, "set-cookie" in response.headers) == (["FORBIDDEN"], False)
            assert (await browser(documents.REFRESH_SESSION)).payload("refreshSession")


OWN_ORIGINS = [ALLOWED_ORIGIN, "http://allotment.test"]


async def test_page_of_allowed_or_same_origin_can_use_cookie(
    subtests: pytest.Subtests, app_fixture: AppFixture, browser: Client
) -> None:
    for origin in OWN_ORIGINS:
        with subtests.test(origin=origin):
            page = browser.with_headers(Origin=origin)
            await page(documents.LOGIN, input=LOGIN)
            assert (await page(documents.REFRESH_SESSION)).payload("refreshSession")


async def test_request_without_origin_is_checked_by_sec_fetch_site(app_fixture: AppFixture, browser: Client) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    client_without_origin = Client(browser.http)
    for site in ("cross-site", "same-site"):
        assert (
            await client_without_origin.with_headers(**{"Sec-Fetch-Site": site})(documents.REFRESH_SESSION)
        ).error_codes == ["FORBIDDEN"]
    assert (await client_without_origin(documents.REFRESH_SESSION)).payload("refreshSession")


FORM_CONTENT_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]


async def test_form_cannot_refresh_or_end_session(
    subtests: pytest.Subtests, app_fixture: AppFixture, browser: Client
) -> None:
    for content_type in FORM_CONTENT_TYPES:
        with subtests.test(content_type=content_type):
            await browser(documents.LOGIN, input=LOGIN)
            body = b'{"query": "mutation { logout { done } }"}'
            response = await browser.http.post(
                "/graphql", content=body, headers={"Content-Type": content_type, "Origin": ALLOWED_ORIGIN}
            )
            assert response.status_code == 415
            assert (
                await browser.http.get("/graphql", params={"query": "mutation { logout { done } }"})
            ).status_code == 405
            assert (await browser(documents.REFRESH_SESSION)).payload("refreshSession")


async def test_preflight_allows_credentials_for_allowed_origins_only(browser: Client) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    allowed = await browser.http.options("/graphql", headers={"Origin": ALLOWED_ORIGIN, **preflight})
    assert allowed.headers["access-control-allow-credentials"] == "true"
    assert allowed.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    rejected = await browser.http.options("/graphql", headers={"Origin": FOREIGN_ORIGIN, **preflight})
    assert (rejected.status_code, "access-control-allow-origin" in rejected.headers) == (400, False)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({}, False),
        ({"Origin": "http://127.0.0.1:5173", "Host": "localhost:8000"}, True),
        ({"Origin": "http://localhost:5173", "Host": "127.0.0.1:8000"}, True),
        ({"Origin": "http://localhost:5173", "Host": "localhost:8000"}, False),
    ],
)
async def test_page_of_another_site_cannot_ask_for_cookie(
    headers: dict[str, str],
    app_fixture: AppFixture,
    browser: Client,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_refused: bool,
) -> None:
    monkeypatch.setattr("server.http.credentials._may_use_cookies", lambda *_: True)
    response = await browser.with_headers(**headers)(documents.LOGIN, input=LOGIN)
    assert response.error_codes == (["FORBIDDEN"] if is_refused else [])
    assert ("set-cookie" in response.headers) is not is_refused
    if is_refused:
        assert "127.0.0.1 and localhost are two sites" in response.body["errors"][0]["message"]
