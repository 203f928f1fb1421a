"""Attacks on the console in a real browser: pages of other origins, tokens in addresses, and markup in names."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from tests.console.conftest import NewConsole
from tests.console.page import BROWSER_TEST, DEMO_PASSWORD, ConsolePage
from tests.console.test_console_runs import open_signed_in, panel_button, run_region
from tests.console.writer import Writer
from tests.support.browser import TIMEOUT_MS
from tests.support.server_process import ServerProcess

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
MARKUP = "<img src=x onerror=window.injected=1>"
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { userErrors { message } } }"
CREATE_TENANT = "mutation ($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { message } } }"
REFRESH = "mutation { refreshSession { user { email } } }"
LOGOUT = '{"query": "mutation { logout { done } }"}'
ATTACKS = {
    "JSON": "fetch(url, {method: 'POST', credentials: 'include', headers: {'content-type': 'application/json'}, body})",
    "text": "fetch(url, {method: 'POST', credentials: 'include', mode: 'no-cors', body})",
    "form fields": "fetch(url, {method: 'POST', credentials: 'include', mode: 'no-cors', "
    "body: new URLSearchParams(JSON.parse(body))})",
    "multipart": "fetch(url, {method: 'POST', credentials: 'include', mode: 'no-cors', body: (() => { "
    "const form = new FormData(); form.set('operations', body); form.set('map', '{}'); return form; })()})",
    "GET": "fetch(url + '?' + new URLSearchParams(JSON.parse(body)), {credentials: 'include', mode: 'no-cors'})",
    "WebSocket": "new Promise(resolve => { const socket = new WebSocket(url.replace('http', 'ws'), "
    "'graphql-transport-ws'); socket.onclose = resolve; socket.onopen = () => { "
    'socket.send(\'{"type": "connection_init"}\'); '
    "socket.send(JSON.stringify({id: '1', type: 'subscribe', payload: JSON.parse(body)})); setTimeout(resolve, 2000); "
    "}; })",
}
POST_FORM = """([url, body]) => {
    const form = document.createElement('form');
    Object.assign(form, {action: url, method: 'POST', enctype: 'text/plain'});
    const field = document.createElement('input');
    Object.assign(field, {name: body.slice(0, -1) + ', "x": "', value: '"}'});
    form.append(field);
    document.body.append(form);
    form.submit();
}"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another origin</title>")

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing to the output of the tests."""


@pytest.fixture
def other_site(demo_server: str) -> Iterator[str]:
    """A page of another origin and site, although of the same machine, which a server in development allows by CORS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05))
        thread.start()
        assert urlsplit(demo_server).hostname == "localhost"
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


async def sign_in(context: BrowserContext, url: str) -> Page:
    """Sign in with the cookie, on a page of the server."""
    context.set_default_timeout(TIMEOUT_MS)
    page = await context.new_page()
    await page.goto(f"{url}/graphql")
    query = f'mutation {{ login(input: {{email: "{OWNER}", password: "{DEMO_PASSWORD}", refreshTokenIn: COOKIE}}) '
    query += "{ userErrors { code } } }"
    assert await execute(page, query) == {"data": {"login": {"userErrors": []}}}
    return page


async def execute(page: Page, query: str) -> Any:
    """Send an operation from the page with its cookies, as the console does."""
    script = """query => fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'},
        body: JSON.stringify({query})}).then(response => response.json())"""
    body = await page.evaluate(script, query)
    body.pop("extensions", None)
    return body


async def test_page_of_another_site_cannot_use_the_cookie(browser: Browser, demo_server: str, other_site: str) -> None:
    await attack(browser, demo_server, other_site)


async def test_page_of_another_port_cannot_use_the_cookie(
    browser: Browser, demo_database: str, tmp_path: Path, other_site: str
) -> None:
    """For browsers, both ports of localhost are one site, whose cookies they send. The origin is not allowed."""
    other_port = other_site.replace("127.0.0.1", "localhost")
    with ServerProcess(tmp_path, demo_database, "--demo", CORS_ORIGINS="https://app.example.com") as server:
        await attack(browser, server.url, other_port)


async def attack(browser: Browser, url: str, attacker: str) -> None:
    """Sign in, and let a page of the attacker try to end the session in each way."""
    context = await browser.new_context()
    own = await sign_in(context, url)
    requests: list[Request] = []

    def record(request: Request) -> None:
        requests.append(request)

    page = await context.new_page()
    page.on("request", record)
    await page.goto(attacker)
    for way in ATTACKS.values():
        script = f"([url, body]) => {way}.then(() => null, () => null)"
        await page.evaluate(script, [f"{url}/graphql", LOGOUT])
    async with page.expect_response(f"{url}/graphql") as pending:
        await page.evaluate(POST_FORM, [f"{url}/graphql", LOGOUT])
    assert (await pending.value).status >= 400
    assert any(request.url.startswith(url) for request in requests)
    await expect_session(own)

    await execute(own, "mutation { logout { done } }")  # from the page of the server, it ends the session
    assert "errors" in await execute(own, REFRESH)
    await context.close()


async def expect_session(page: Page) -> None:
    assert (await execute(page, REFRESH))["data"] == {"refreshSession": {"user": {"email": OWNER}}}


@pytest.mark.parametrize("name", ["verify-email", "reset-password", "accept-invitation"])
async def test_address_of_a_link_page_has_no_token_after_it_is_loaded(
    console: ConsolePage, demo_server: str, name: str
) -> None:
    page = console.page
    await page.goto(f"{demo_server}/{name}#token=letter_of-the-link")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url == f"{demo_server}/{name}"
    assert "letter_" not in await console.read_storage()
    await page.goto("about:blank")
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url == f"{demo_server}/{name}"
    assert not any("letter_" in request.url for request in console.watch.requests if "#" not in request.url)


async def test_markup_in_names_is_shown_as_text(console: ConsolePage, demo_server: str) -> None:
    email = f"{uuid4().hex}@example.com"
    async with httpx.AsyncClient(base_url=demo_server, timeout=60) as client:
        variables = {"input": {"email": email, "fullName": MARKUP, "password": DEMO_PASSWORD}}
        response = await client.post("/graphql", json={"query": REGISTER, "variables": variables})
        assert response.json()["data"]["register"]["userErrors"] == []
    writer = await Writer.sign_in(demo_server, email)
    writer.client.headers.pop("X-Tenant")
    created = await writer.execute(CREATE_TENANT, input={"name": MARKUP, "slug": uuid4().hex})
    await writer.client.aclose()
    assert created["createTenant"]["userErrors"] == []

    await console.open()
    await console.sign_in(email)
    await expect(console.bar.get_by_test_id("user")).to_contain_text(MARKUP)
    await expect(console.bar.get_by_label("Tenant")).to_contain_text(MARKUP)
    await expect_no_markup(console)


async def test_markup_in_refusals_of_a_plan_is_shown_as_text(new_console: NewConsole) -> None:
    console = await new_console()
    await open_signed_in(console)
    await panel_button(console, "Plan").click()
    await console.write(f'query Wrong {{ tasks(first: "{MARKUP}") {{ totalCount }} }}')
    await expect(run_region(console).get_by_role("alert")).to_contain_text(MARKUP)
    await expect_no_markup(console)


async def expect_no_markup(console: ConsolePage) -> None:
    assert await console.page.locator("img[src=x]").count() == 0
    assert await console.page.evaluate("window.injected") is None
