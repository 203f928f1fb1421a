"""The page of docs/start.md works with a server of the demo, from another port."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from server.config.paths import PROJECT_ROOT
from tests.website.conftest import serve

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

PAGE = PROJECT_ROOT / "examples" / "page" / "index.html"
DOCUMENTED_SERVER = "http://localhost:8000"


@pytest.fixture
def page_url(demo_server: str, tmp_path: Path) -> Iterator[str]:
    """The URL of the page, which calls the demo server."""
    html = PAGE.read_text(encoding="utf-8")
    assert html.count(DOCUMENTED_SERVER) == 1
    (tmp_path / "index.html").write_text(html.replace(DOCUMENTED_SERVER, demo_server), encoding="utf-8")
    yield from serve(tmp_path, "localhost")


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A context whose pages have no uncaught errors."""
    context = await browser.new_context()
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    await context.close()
    assert errors == []


async def test_page_lists_and_creates_tasks(context: BrowserContext, page_url: str) -> None:
    page = await context.new_page()
    await page.goto(page_url)
    await expect(page.get_by_role("listitem")).to_have_count(10)
    await add_task(page, "Water the <b>peas</b>")
    await expect(page.get_by_role("status")).to_have_text("Added: Water the <b>peas</b>")
    await expect(page.get_by_role("listitem").first).to_have_text("Water the <b>peas</b> (not assigned)")
    await add_task(page, "x" * 201)
    await expect(page.get_by_role("status")).to_contain_text("200")


async def test_pages_show_the_changes_of_each_other(context: BrowserContext, page_url: str) -> None:
    pages = [await context.new_page() for _ in range(2)]
    for page in pages:
        # The page subscribes after it has shown the tasks.
        async with page.expect_websocket() as opened:
            await page.goto(page_url)
        await (await opened.value).wait_for_event("framesent", lambda payload: "subscribe" in str(payload))
    for number, page in enumerate(pages):
        await add_task(page, f"Task of page {number}")
        for shown in pages:
            await expect(shown.get_by_role("listitem").first).to_have_text(f"Task of page {number} (not assigned)")


async def test_page_shows_why_a_task_was_not_added(context: BrowserContext, page_url: str) -> None:
    page = await context.new_page()
    await page.goto(page_url)
    await expect(page.get_by_role("listitem")).to_have_count(10)
    await page.route("**/graphql", lambda route: route.abort())
    await add_task(page, "Not added")
    await expect(page.get_by_role("status")).to_have_text("Failed to fetch")


async def add_task(page: Page, title: str) -> None:
    """Fill in the form and submit it."""
    await page.get_by_label("New task").fill(title)
    await page.get_by_role("button", name="Add").click()
