"""Refresh tokens in cookies, and why no other site can use them."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx
import pytest
from fastapi import FastAPI

from server.settings import Settings, load_settings
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.stage import SECRET
from tests.support.world import PASSWORD, World, refresh_token

NAME = "allotment-refresh"
LOGIN = {"email": "member@here.test", "password": PASSWORD, "refreshTokenIn": "COOKIE"}
OURS = "https://app.here.test"
OTHERS = "https://evil.test"


@pytest.fixture
def settings(database_url: str) -> Settings:
    """A server whose front end is on an origin of its own."""
    return load_settings(
        None,
        environment="test",
        database_url=database_url,
        secret_key=SECRET,
        bcrypt_rounds=4,
        cors_origins=OURS,
        public_url=f"{OURS}/shop",
    )


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Client]:
    """A browser: it keeps cookies, and tells no script of those that it must not."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
        yield Client(http, **{"X-Tenant": "here", "Origin": OURS})


def cookie_of(answer: Answer) -> str:
    """The cookie as it was set."""
    (cookie,) = answer.headers.get_list("set-cookie")
    return cookie


async def test_a_browser_gets_the_refresh_token_in_a_cookie_only(world: World, browser: Client) -> None:
    answer = await browser(documents.LOGIN, input=LOGIN)
    payload = answer.payload("login")
    assert payload["refreshToken"] is None
    kept = SimpleCookie(cookie_of(answer))[NAME]
    assert kept.value.startswith("refresh_")
    assert kept.value not in str(answer.body)
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "strict", "/graphql")
    assert 29 * 86400 < int(kept["max-age"]) <= 30 * 86400
    assert answer.headers["cache-control"] == "no-store"
    signed_in = browser.bearing(payload["accessToken"])
    assert (await signed_in(documents.VIEWER)).data["viewer"]["email"] == LOGIN["email"]


async def test_a_session_goes_on_and_ends_by_cookie(world: World, browser: Client) -> None:
    first = SimpleCookie(cookie_of(await browser(documents.LOGIN, input=LOGIN)))[NAME].value
    answer = await browser(documents.REFRESH)
    assert answer.payload("refreshSession")["refreshToken"] is None
    assert SimpleCookie(cookie_of(answer))[NAME].value != first
    assert (await browser(documents.REFRESH)).payload("refreshSession")["accessToken"]
    gone = await browser(documents.LOGOUT)
    assert gone.payload("logout") == {"done": True, "userErrors": []}
    assert SimpleCookie(cookie_of(gone))[NAME]["max-age"] == "0"
    assert (await browser(documents.REFRESH)).codes == ["UNAUTHENTICATED"]


async def test_a_token_in_the_input_wins_and_is_answered_in_the_payload(world: World, browser: Client) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    answer = await browser(documents.REFRESH, input={"refreshToken": refresh_token("owner@here.test")})
    payload = answer.payload("refreshSession")
    assert payload["user"]["email"] == "owner@here.test"
    assert payload["refreshToken"].startswith("refresh_")
    assert "set-cookie" not in answer.headers


async def test_a_cookie_alone_signs_nobody_in(world: World, browser: Client) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    assert (await browser(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await browser(documents.create("Team"), input={"name": "Diggers"})).codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("origin", [OTHERS, "null", f"{OURS}.evil.test", "http://app.here.test", "", "https://"])
async def test_a_page_of_another_origin_can_use_no_cookie(world: World, browser: Client, origin: str) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    other = browser.with_headers(Origin=origin)
    for document, variables in (
        (documents.REFRESH, {}),
        (documents.LOGOUT, {}),
        (documents.LOGIN, {"input": LOGIN}),
    ):
        answer = await other(document, **variables)
        assert (answer.codes, "set-cookie" in answer.headers) == (["FORBIDDEN"], False)
    assert (await browser(documents.REFRESH)).payload("refreshSession")


@pytest.mark.parametrize("origin", [OURS, "http://allotment.test"])
async def test_a_page_of_ours_or_of_the_server_itself_can(world: World, browser: Client, origin: str) -> None:
    page = browser.with_headers(Origin=origin)
    await page(documents.LOGIN, input=LOGIN)
    assert (await page(documents.REFRESH)).payload("refreshSession")


async def test_a_browser_that_names_no_origin_says_whether_it_is_another_site(world: World, browser: Client) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    nameless = Client(browser.http)
    for site in ("cross-site", "same-site"):
        assert (await nameless.with_headers(**{"Sec-Fetch-Site": site})(documents.REFRESH)).codes == ["FORBIDDEN"]
    assert (await nameless(documents.REFRESH)).payload("refreshSession")


FORMS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]


@pytest.mark.parametrize("kind", FORMS)
async def test_no_form_can_refresh_or_end_a_session(world: World, browser: Client, kind: str) -> None:
    await browser(documents.LOGIN, input=LOGIN)
    body = b'{"query": "mutation { logout { done } }"}'
    response = await browser.http.post("/graphql", content=body, headers={"Content-Type": kind, "Origin": OURS})
    assert response.status_code == 415
    assert (await browser.http.get("/graphql", params={"query": "mutation { logout { done } }"})).status_code == 405
    assert (await browser(documents.REFRESH)).payload("refreshSession")


async def test_a_browser_asks_first_and_is_told_which_origins_may_send_cookies(browser: Client) -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    ours = await browser.http.options("/graphql", headers={"Origin": OURS, **asking})
    assert ours.headers["access-control-allow-credentials"] == "true"
    assert ours.headers["access-control-allow-origin"] == OURS
    others = await browser.http.options("/graphql", headers={"Origin": OTHERS, **asking})
    assert (others.status_code, "access-control-allow-origin" in others.headers) == (400, False)
