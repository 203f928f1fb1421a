"""The built site in a browser: search, diagrams, accessibility, telephones, and no request to another host."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from server.config.paths import PROJECT_ROOT
from tests.console.page import AXE, Watch

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

PAGES = ["index.html", "people.html", "reference/subscriptions.html"]
WIDE_PAGES = ["settings.html", "reference/mutations.html"]


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, site_url: str) -> AsyncIterator[Page]:
    """A page of the browser. The test fails on errors, violations of the policy, and requests to other hosts."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    watch = Watch(urlsplit(site_url).netloc)
    await watch.start(context)
    yield await context.new_page()
    await context.close()
    watch.verify()


async def test_search_finds_a_word_and_opens_its_page(page: Page, site_url: str) -> None:
    await page.goto(f"{site_url}people.html")
    await page.keyboard.press("/")
    await page.keyboard.type("transferWorker", delay=30)
    await page.get_by_role("option", name="transferWorker", exact=True).first.click()
    await page.wait_for_url("**/reference/mutations.html*")
    await expect(page.get_by_role("heading", name="transferWorker").first).to_be_in_viewport()


@pytest.mark.parametrize("document", ["docs/people.md", "ARCHITECTURE.md", "docs/auth.md"])
async def test_diagrams_are_drawn(page: Page, site_url: str, document: str) -> None:
    diagrams = (PROJECT_ROOT / document).read_text(encoding="utf-8").count("```mermaid")
    assert diagrams > 0
    # The theme draws in closed shadow roots: record what they contain.
    await page.add_init_script(
        "const attach = Element.prototype.attachShadow; window.roots = [];"
        "Element.prototype.attachShadow = function (options) {"
        "  const root = attach.call(this, options); window.roots.push(root); return root; }"
    )
    await page.goto(f"{site_url}{Path(document).stem.lower()}.html")
    await page.wait_for_function(
        "count => window.roots.filter(root => root.querySelector('svg g')).length === count", arg=diagrams
    )
    assert await page.locator("pre.mermaid").count() == 0


@pytest.mark.parametrize("name", [*PAGES, *WIDE_PAGES])
async def test_pages_fit_on_a_telephone(page: Page, site_url: str, name: str) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{site_url}{name}")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.locator(".md-header label[for=__drawer]").first.click()
    await expect(page.locator(".md-sidebar--primary")).to_be_in_viewport()


@pytest.mark.parametrize(("colors", "names"), [("light", PAGES), ("dark", PAGES[:1])])
async def test_accessibility_rules_hold(browser: Browser, site_url: str, colors: str, names: list[str]) -> None:
    context: BrowserContext = await browser.new_context(bypass_csp=True, color_scheme=colors)  # type: ignore[arg-type]
    page = await context.new_page()
    violations = []
    for name in names:
        await page.goto(f"{site_url}{name}")
        await page.add_script_tag(path=AXE)
        results = await page.evaluate("axe.run()")
        violations += [f"{name}: {item['id']} {item['nodes'][0]['html']}" for item in results["violations"]]
    await context.close()
    assert violations == []


async def test_no_markdown_is_left_in_the_pages(site: Path) -> None:
    left = []
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        left += [f"{file.name}: {mark}" for mark in ("<p>```", "<p>- ", "<p>| ", "{ #", "<!-- example") if mark in text]
    assert left == []


async def test_every_page_has_a_policy_and_names_no_other_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 100
    for file in pages:
        text = file.read_text(encoding="utf-8")
        assert "script-src 'self' 'sha256-" in text, file
        assert 'src="http' not in text, file
        assert 'rel="stylesheet" href="http' not in text, file
