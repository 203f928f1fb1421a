"""A page object for the console in a browser. Every test with it fails on an error that the browser reports."""

import asyncio
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Route, WebSocket, expect
from playwright.async_api import Error as PlaywrightError

from server.config.paths import PROJECT_ROOT

AXE = PROJECT_ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
FULL_EDITOR = re.compile(r"/assets/QueryView-.*\.js")
DEMO_PASSWORD = "Allotment-demo-1!"
STORAGE_SECONDS = 15
"""The maximum time until the page has removed something from its storage."""

# For the tests of a file: `pytestmark = BROWSER_TEST`. In this order: without a browser, do not build.
BROWSER_TEST = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),  # the loop of the browser, which all tests share
    pytest.mark.usefixtures("chromium", "console_dist"),
]


@dataclass
class Watch:
    """Records what no page of the console may do: requests to other hosts, and errors in the browser's console."""

    host: str
    issuer_host: str | None = None
    """The host of an issuer that the page signs in with."""
    foreign_urls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    _allowed: list[str] = field(default_factory=list)

    async def start(self, context: BrowserContext) -> None:
        """Watch all pages of the context."""
        hosts = "|".join(re.escape(host) for host in (self.host, self.issuer_host) if host is not None)
        foreign = re.compile(rf"^(?!(data|blob):|(http|ws)://({hosts})/)")
        await context.route(foreign, self._abort)
        context.on("request", self._record_request)
        context.on("console", self._record_message)  # includes violations of the Content-Security-Policy
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", lambda page: page.on("websocket", self._record_socket))

    def allow(self, text: str) -> None:
        """Accept errors that contain the text: the test causes them."""
        self._allowed.append(text)

    def verify(self) -> None:
        """Fail if there was anything else."""
        assert self.foreign_urls == []
        assert [error for error in self.errors if not any(text in error for text in self._allowed)] == []

    async def _abort(self, route: Route) -> None:
        self.foreign_urls.append(route.request.url)
        await route.abort()

    def _record_socket(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).netloc != self.host:
            self.foreign_urls.append(socket.url)

    def _record_request(self, request: Request) -> None:
        self.requests.append(request)

    def _record_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


@dataclass
class ConsolePage:
    """The console in a browser tab."""

    page: Page
    watch: Watch
    _full_editor: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def bar(self) -> Locator:
        """The bar at the top."""
        return self.page.get_by_role("banner")

    async def open_tab(self) -> "ConsolePage":
        """Open the console in another tab of the same browser."""
        other = ConsolePage(await self.page.context.new_page(), self.watch, self._full_editor)
        await other.open()
        return other

    @property
    def dialog(self) -> Locator:
        """The form to sign in."""
        return self.page.get_by_role("dialog", name="Sign in")

    async def open(self, path: str = "/graphql", editor: Literal["light", "full"] = "light") -> None:
        """Open the console, or the view of a hash: `/graphql#/data`.

        With "light", GraphiQL is not loaded until `show_full_editor`, which makes a test faster.
        """
        if editor == "light":
            self._full_editor.clear()
            await self.page.route(FULL_EDITOR, self._hold)
        await self.page.goto(f"http://{self.watch.host}{path}")
        await expect(self.bar.locator('[aria-busy="false"]')).to_be_visible()
        if editor == "full":
            await self._wait_for_full_editor()

    async def show_full_editor(self) -> None:
        """Let GraphiQL load, and wait until it has replaced the light editor."""
        self._full_editor.set()
        await self._wait_for_full_editor()

    async def close(self) -> None:
        """Close the browser context with all its pages."""
        self._full_editor.set()  # no request remains held
        await self.page.context.close()

    async def _wait_for_full_editor(self) -> None:
        await expect(self.page.locator('.full-editor[data-ready="true"]')).to_be_visible()

    async def _hold(self, route: Route) -> None:
        await self._full_editor.wait()
        with suppress(PlaywrightError):  # the page may have been closed
            await route.continue_()

    async def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> None:
        """Sign in with the form."""
        await self.bar.get_by_role("button", name="Sign in").click()
        await self.submit_sign_in(email, password)
        await expect(self.bar.get_by_role("button", name="Sign out")).to_be_visible()

    async def submit_sign_in(self, email: str, password: str = DEMO_PASSWORD) -> None:
        """Fill and send the form, which is open."""
        await self.dialog.get_by_label("Email address").fill(email)
        await self.dialog.get_by_label("Password").fill(password)
        await self.dialog.get_by_role("button", name="Sign in", exact=True).click()

    async def write(self, query: str) -> None:
        """Replace the query in the editor in use."""
        light = self.page.get_by_label("Query", exact=True)
        if await light.count():
            await light.fill(query)
            return
        await self.page.locator(".graphiql-query-editor .monaco-editor").first.click()
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.press("Delete")
        await self.page.keyboard.insert_text(query)
        await self.page.keyboard.press("Escape")  # closes completion

    async def run(self) -> dict[str, Any]:
        """Run the operation in the editor in use, and return the body of the response."""
        async with self.page.expect_response(self._is_run) as pending:
            await self.run_button.click()
        response = await pending.value
        body: dict[str, Any] = await response.json()
        return body

    @property
    def run_button(self) -> Locator:
        """The button to run the operation, of the light editor or of GraphiQL."""
        return self.page.get_by_role("button", name="Run", exact=True).or_(
            self.page.get_by_role("button", name="Execute query")
        )

    @property
    def result(self) -> Locator:
        """The result of the last run."""
        return self.page.get_by_role("region", name="Result", exact=True).or_(
            self.page.locator(".graphiql-response .result-window .view-lines")
        )

    async def find_axe_violations(self, selector: str = "body") -> list[str]:
        """Return the accessibility rules that the element violates, with the elements concerned."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        script = "selector => axe.run(selector, { resultTypes: ['violations'] })"
        result = await self.page.evaluate(script, selector)
        return [f"{rule['id']}: {node['html'][:200]}" for rule in result["violations"] for node in rule["nodes"]]

    async def read_storage(self) -> str:
        """Return everything that the page stored in this browser and that scripts can read."""
        script = """async () => JSON.stringify([
            {...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state,
            await indexedDB.databases(), await caches.keys()])"""
        text: str = await self.page.evaluate(script)
        return text

    async def wait_until_not_stored(self, text: str) -> None:
        """Wait until the page does not store the text any more. The page's policy refuses `Page.wait_for_function`."""
        async with asyncio.timeout(STORAGE_SECONDS):
            while text in await self.read_storage():  # noqa: ASYNC110 -- it has no event
                await asyncio.sleep(0.02)

    def _is_run(self, response: Any) -> bool:
        query = sent_operation(response.request).get("query", "")
        return bool(query) and not re.search(r"IntrospectionQuery|Console(Refresh|SignIn|SignOut)", query)


def sent_operation(request: Request) -> dict[str, Any]:
    """Return the GraphQL operation of a request; empty if it has none."""
    try:
        operation: dict[str, Any] = json.loads(request.post_data or "{}")
    except ValueError:
        return {}
    return operation
