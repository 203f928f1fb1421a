"""The data browser of the console."""

from dataclasses import dataclass
from typing import Self

from playwright.async_api import Locator, Page, expect

from tests.console.page import ConsolePage


@dataclass
class DataView:
    """The data browser in a tab of the console, with a user signed in."""

    console: ConsolePage

    @classmethod
    async def open(cls, console: ConsolePage, email: str, path: str = "") -> Self:
        """Open the console at a path of the data browser and sign in."""
        await console.open(f"/graphql#/data{path}")
        await console.sign_in(email)
        view = cls(console)
        await view.settle()
        return view

    @property
    def page(self) -> Page:
        """The tab."""
        return self.console.page

    @property
    def main(self) -> Locator:
        """The list or the object."""
        return self.page.locator(".data-main")

    @property
    def titles(self) -> Locator:
        """The links of the first column of the list."""
        return self.main.locator("tbody tr td:first-child")

    def field(self, name: str) -> Locator:
        """The value of a field of the object."""
        term = self.page.get_by_text(name, exact=True)
        return self.main.locator("dl.values > div", has=self.page.locator("dt").and_(term)).locator("dd")

    async def go_to(self, path: str) -> None:
        """Open a path of the data browser by its address."""
        await self.page.evaluate("path => { location.hash = '#/data' + path }", path)
        await self.settle()

    async def settle(self) -> None:
        """Wait until the list or the object is loaded."""
        await expect(self.main.locator('article:not([aria-busy="true"])')).to_be_visible()
        await expect(self.main.get_by_text("Loading…")).to_have_count(0)

    async def press(self, name: str) -> None:
        """Press a button of the list or the object."""
        await self.main.get_by_role("button", name=name, exact=True).click()
