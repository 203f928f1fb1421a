"""A page object for the front end of examples/web."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

from playwright.async_api import Locator, Page, Request, Route, WebSocketRoute, expect

from tests.examples.front_end import MANIFEST, WEB

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
DEMO_PASSWORD = "Allotment-demo-1!"
Handler = Callable[[Route], Awaitable[None]]


@dataclass
class FrontEndPage:
    """The front end in a browser tab."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    sockets: list[WebSocketRoute] = field(default_factory=list)
    is_offline: bool = False
    """Whether new sockets are closed."""

    async def open(self) -> None:
        """Open the front end, and record what the browser reports."""
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        await self.page.route_web_socket("**/graphql", self._connect)
        await self.page.goto(self.url)

    async def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> None:
        """Fill and send the form."""
        await self.page.get_by_label("Email address").fill(email)
        await self.page.get_by_label("Password").fill(password)
        await self.button("Sign in").click()

    async def sign_out(self) -> None:
        """Sign out, and wait for the answer: what the test does next could abort the request."""
        async with self.page.expect_response(lambda response: self.requests(response.request, "logout")):
            await self.button("Sign out").click()
        await expect(self.button("Sign in")).to_be_visible()

    async def show(self, title: str) -> None:
        """Open a page by the navigation."""
        await self.page.get_by_role("navigation").get_by_role("link", name=title).click()
        await expect(self.page.get_by_role("heading", level=1, name=title)).to_be_visible()

    def button(self, name: str) -> Locator:
        """The button with this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def column(self, title: str) -> Locator:
        """A column of the board."""
        return self.page.get_by_role("region", name=title, exact=True)

    def card(self, column: str, title: str) -> Locator:
        """A card in a column of the board."""
        return self.column(column).get_by_role("article", name=title, exact=True)

    async def intercept(self, root_field: str, handle: Handler, times: int = 1) -> None:
        """Handle the next requests for a root field."""
        left = times

        async def route_request(route: Route, request: Request) -> None:
            nonlocal left
            if left and self.requests(request, root_field):
                left -= 1
                await handle(route)
            else:
                await route.fallback()

        await self.page.route("**/graphql", route_request)

    def requests(self, request: Request, root_field: str) -> bool:
        """Return whether a request is for this root field."""
        return request.method == "POST" and f" {root_field}(" in self._texts[sent_id(request)]

    @cached_property
    def _texts(self) -> dict[str, str]:
        """The documents by the hash in their ids."""
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
        return {id_.removeprefix("sha256:"): text for id_, text in manifest.items()}

    async def _connect(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        if self.is_offline:
            await socket.close(code=1013)
        else:
            socket.connect_to_server()

    async def find_defects(self) -> list[str]:
        """Return the violated rules of accessibility, and whether the page is wider than the window."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        result = await self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        defects = [f"{rule['id']}: {node['html'][:200]}" for rule in result["violations"] for node in rule["nodes"]]
        too_wide = await self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        return defects + (["The page is wider than the window."] if too_wide else [])


def sent_id(request: Request) -> str:
    """Return the hash of the document that a request names. Fails if it has the text."""
    body = json.loads(request.post_data or "{}")
    assert "query" not in body, body
    id_: str = body.get("documentId") or body["extensions"]["persistedQuery"]["sha256Hash"]
    return id_.removeprefix("sha256:")
