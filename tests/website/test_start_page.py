"""The page of docs/start.md works with a server of the demo, from another port."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from server.config.paths import PROJECT_ROOT
from tests.website.conftest import serve

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

PAGE = PROJECT_ROOT / "examples" / "page" / "index.html"
DOCUMENTED_SERVER = "http://localhost:8000"


async def test_page_lists_and_creates_tasks(browser: Browser, demo_server: str, tmp_path: Path) -> None:
    html = PAGE.read_text(encoding="utf-8")
    assert html.count(DOCUMENTED_SERVER) == 1
    (tmp_path / "index.html").write_text(html.replace(DOCUMENTED_SERVER, demo_server), encoding="utf-8")
    context = await browser.new_context()
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    files = serve(tmp_path, "localhost")
    await page.goto(next(files))
    await expect(page.get_by_role("listitem")).to_have_count(10)
    await page.get_by_label("New task").fill("Water the <b>peas</b>")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("status")).to_have_text("Added: Water the <b>peas</b>")
    await expect(page.get_by_role("listitem").first).to_have_text("Water the <b>peas</b> (not assigned)")
    await page.get_by_label("New task").fill("x" * 201)
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("status")).to_contain_text("200")
    await context.close()
    assert list(files) == []
    assert errors == []
