"""A browser's page on the console, and what was seen there."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Route, WebSocket


@dataclass
class Visit:
    """A page on the console, with everything that went wrong on it."""

    page: Page
    host: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def watch(self) -> None:
        await self.page.context.route("**/*", self._guard)
        self.page.on("websocket", self._connect)
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self) -> None:
        await self.page.goto(f"http://{self.host}/graphql")
        await self.page.wait_for_selector(".graphiql-query-editor .monaco-editor .view-line")

    async def tabs(self) -> list[str]:
        return await self.page.locator(".graphiql-tab-button").all_inner_texts()

    async def choose(self, tab: str) -> None:
        await self.page.get_by_role("tablist").get_by_role("button", name=tab, exact=True).click()

    async def run(self, tab: str) -> tuple[dict[str, str], dict[str, Any]]:
        """Opens the tab and executes its operation, which has the same name."""
        await self.choose(tab)
        return await self.execute(tab)

    async def execute(self, operation: str) -> tuple[dict[str, str], dict[str, Any]]:
        """Presses the button: the headers the page sends with the operation, and the answer it gets."""
        asks = f'"operationName":"{operation}"'
        async with self.page.expect_response(lambda response: asks in (response.request.post_data or "")) as coming:
            await self.page.get_by_role("button", name="Execute query").click()
        response = await coming.value
        return await response.request.all_headers(), await response.json()

    async def linger(self) -> None:
        """A while in which the page may ask for whatever it still wants.

        Playwright's "networkidle" waits forever for the script of a worker that the page gave up while it was loading.
        """
        await self.page.wait_for_timeout(1_000)

    async def _guard(self, route: Route) -> None:
        if self._is_foreign(route.request.url):
            await route.abort()
        else:
            await route.continue_()

    def _connect(self, socket: WebSocket) -> None:
        self._is_foreign(socket.url)

    def _is_foreign(self, url: str) -> bool:
        address = urlsplit(url)
        foreign = address.scheme not in ("data", "blob") and address.netloc != self.host
        if foreign:
            self.foreign.append(url)
        return foreign

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":  # violations of the Content-Security-Policy are among them
            self.complaints.append(message.text)
