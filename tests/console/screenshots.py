"""Takes the screenshots of the documentation: `make screenshots`. They show the demo data in a new database."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from server.config.paths import PROJECT_ROOT
from tests.console.page import ConsolePage, Watch
from tests.support.browser import CHROMIUM_COMMANDS, FLAGS, TIMEOUT_MS
from tests.support.png import compress
from tests.support.server_process import ServerProcess

IMAGES = PROJECT_ROOT / "docs" / "images"
MAX_BYTES = 200 * 1024
SIZE: ViewportSize = {"width": 1280, "height": 720}
USER = "owner@demo.test"
QUERY = """query OpenTasks {
  tasks(first: 10, where: { status: { ne: DONE } }) {
    nodes {
      title
      dueDate
      assignee { name }
      project { name }
    }
  }
}
"""

Preparation = Callable[[ConsolePage], Awaitable[None]]


async def show_query(console: ConsolePage) -> None:
    """The query view, after a run."""
    await open_query(console)
    await console.run()


async def show_trace(console: ConsolePage) -> None:
    """The details of a run."""
    await open_query(console)
    await click(console.page, "Details")
    await console.run()  # compiles the plan
    await console.run()
    await expect(console.page.locator("tr.statement").first).to_be_visible()
    await console.page.locator(".run-panel").evaluate("panel => panel.scrollTo(0, panel.scrollHeight)")


async def show_plan(console: ConsolePage) -> None:
    """The plan of an operation that was not run."""
    await open_query(console)
    await click(console.page, "Plan")
    await expect(console.page.locator(".run-panel table")).to_be_visible()


async def show_snippet(console: ConsolePage) -> None:
    """An operation as a command for curl."""
    await open_query(console)
    await click(console.page, "Copy as…")
    await expect(console.page.locator("dialog.snippet pre")).to_be_visible()


async def show_data(console: ConsolePage) -> None:
    """The data browser."""
    await console.open("/graphql#/data/tasks")
    await expect(console.page.get_by_role("table")).to_be_visible()


PICTURES: dict[str, Preparation] = {
    "console-query": show_query,
    "console-details": show_trace,
    "console-plan": show_plan,
    "console-copy-as": show_snippet,
    "console-data": show_data,
}


async def open_query(console: ConsolePage) -> None:
    """Open the query in GraphiQL."""
    await console.open(f"/graphql?{urlencode({'query': QUERY})}")
    await console.show_full_editor()
    await expect(console.page.locator(".graphiql-query-editor")).to_contain_text("OpenTasks")


async def click(page: Page, button: str) -> None:
    """Click a button of the bar below the editors."""
    await page.get_by_role("region", name="Run", exact=True).get_by_role("button", name=button, exact=True).click()


async def take(browser: Browser, host: str, name: str, prepare: Preparation) -> None:
    """Take one screenshot, in light colors."""
    context = await browser.new_context(viewport=SIZE, color_scheme="light", reduced_motion="reduce", locale="en-US")
    context.set_default_timeout(TIMEOUT_MS)
    watch = Watch(host)
    await watch.start(context)
    console = ConsolePage(await context.new_page(), watch)
    await console.open()
    await console.sign_in(USER)
    await prepare(console)
    await console.page.wait_for_timeout(500)  # fonts, and the colors of the editors
    image = compress(await console.page.screenshot(animations="disabled", caret="hide"))
    await context.close()
    watch.verify()
    if len(image) > MAX_BYTES:
        raise SystemExit(f"{name}.png would have {len(image):,} bytes; at most {MAX_BYTES:,} are allowed.")
    (IMAGES / f"{name}.png").write_bytes(image)
    print(f"docs/images/{name}.png: {len(image) / 1024:.0f} KiB")  # noqa: T201 -- a command


async def take_all(url: str) -> None:
    """Take all screenshots of a server."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM_COMMANDS)), None)
    if chromium is None:
        raise SystemExit(f"No Chromium on this machine: looked for {', '.join(CHROMIUM_COMMANDS)}.")
    IMAGES.mkdir(exist_ok=True)
    expect.set_options(timeout=TIMEOUT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, prepare in PICTURES.items():
            await take(browser, url.removeprefix("http://"), name, prepare)
        await browser.close()


def main() -> None:
    """Start a server with the demo data, and take the screenshots."""
    with tempfile.TemporaryDirectory() as folder:
        database_url = f"sqlite:///{Path(folder) / 'demo.db'}"
        with ServerProcess(Path(folder), database_url, "--demo") as server:
            asyncio.run(take_all(server.url))


if __name__ == "__main__":
    main()
