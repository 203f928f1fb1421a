"""A page object for the console in a browser."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Route, WebSocket


@dataclass
class ConsolePage:
    """The console in a browser tab. Records requests to other hosts and errors in the browser's console."""

    page: Page
    host: str
    foreign_urls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def watch(self) -> None:
        await self.page.context.route("**/*", self._intercept)
        self.page.on("websocket", self._record_socket)
        self.page.on("console", self._record_message)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self) -> None:
        await self.page.goto(f"http://{self.host}/graphql")
        await self.page.wait_for_selector(".graphiql-query-editor .monaco-editor .view-line")

    async def tab_titles(self) -> list[str]:
        return await self.page.locator(".graphiql-tab-button").all_inner_texts()

    async def select_tab(self, tab: str) -> None:
        await self.page.get_by_role("tablist").get_by_role("button", name=tab, exact=True).click()

    async def run(self, tab: str) -> tuple[dict[str, str], dict[str, Any]]:
        """Select the tab and execute its operation, which has the same name."""
        await self.select_tab(tab)
        return await self.execute(tab)

    async def execute(self, operation: str) -> tuple[dict[str, str], dict[str, Any]]:
        """Click the button; return the headers of the request and the body of the response."""
        fragment = f'"operationName":"{operation}"'
        async with self.page.expect_response(
            lambda response: fragment in (response.request.post_data or "")
        ) as pending:
            await self.page.get_by_role("button", name="Execute query").click()
        response = await pending.value
        return await response.request.all_headers(), await response.json()

    async def wait_for_late_requests(self) -> None:
        """Wait a second for late requests.

        Playwright's "networkidle" never occurs: it waits for a worker script whose loading the page aborted.
        """
        await self.page.wait_for_timeout(1_000)

    async def _intercept(self, route: Route) -> None:
        if self._is_foreign(route.request.url):
            await route.abort()
        else:
            await route.continue_()

    def _record_socket(self, socket: WebSocket) -> None:
        self._is_foreign(socket.url)

    def _is_foreign(self, url: str) -> bool:
        address = urlsplit(url)
        is_foreign = address.scheme not in ("data", "blob") and address.netloc != self.host
        if is_foreign:
            self.foreign_urls.append(url)
        return is_foreign

    def _record_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":  # includes violations of the Content-Security-Policy
            self.errors.append(message.text)
