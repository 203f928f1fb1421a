"""The console as a whole: layout, accessibility, loss of the connection, protection, and the size of what is loaded."""

import re
import sys
import time
from itertools import takewhile

import pytest
from playwright.async_api import expect

from tests.console.conftest import NewConsole
from tests.console.page import BROWSER_TEST, ConsolePage, sent_operation

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
MAX_FIRST_BYTES = 130_000
"""What may be transferred before the first query can be run: 0.65 s at 1.6 Mbit/s."""
MAX_FIRST_REQUESTS = 9
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""1.6 Mbit/s down, 0.75 Mbit/s up."""


async def test_first_query_needs_few_bytes_and_requests(console: ConsolePage) -> None:
    session = await console.page.context.new_cdp_session(console.page)
    urls: dict[str, str] = {}  # by the id of the request, in the order of the requests
    sizes: dict[str, float] = {}
    session.on("Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", SLOW_LINE)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    start = time.perf_counter()
    await console.open()
    async with console.page.expect_response(lambda response: "FirstQuery" in (response.request.post_data or "")):
        await console.run_button.click()
    seconds = time.perf_counter() - start

    first = list(takewhile(lambda item: not re.search("QueryView|monaco", item[1]), urls.items()))
    needed = {url: sizes.get(key, 0) for key, url in first if not url.startswith("data:")}
    total = sum(needed.values())
    sys.stdout.write(f"first response after {seconds:.1f} s: {total:.0f} bytes, {len(needed)} requests\n")
    assert any("/assets/index" in url for url in needed)
    assert total < MAX_FIRST_BYTES, needed
    assert len(needed) <= MAX_FIRST_REQUESTS, needed


@pytest.mark.parametrize("colors", ["light", "dark"])
async def test_accessibility_rules_hold(new_console: NewConsole, colors: str) -> None:
    console = await new_console(color_scheme=colors)
    await console.open()
    assert await console.find_axe_violations() == []
    await console.bar.get_by_role("button", name="Sign in").click()
    assert await console.find_axe_violations() == []
    await console.submit_sign_in(OWNER)
    await console.show_full_editor()
    await console.page.get_by_role("button", name="Create task", exact=True).click()
    await console.run()
    await expect(console.result).to_contain_text("createTask")
    assert await console.find_axe_violations() == []


@pytest.mark.parametrize("width", [360, 1024])
async def test_query_is_written_and_run_in_a_narrow_window(new_console: NewConsole, width: int) -> None:
    console = await new_console(viewport={"width": width, "height": 740})
    await console.open()
    await console.sign_in(OWNER)
    assert await is_scrolling_sideways(console) is False
    await console.show_full_editor()
    await console.write("{ viewer { fullName } }")
    await console.run()
    await expect(console.result).to_contain_text("Olive Owner")
    assert await is_scrolling_sideways(console) is False
    boxes = [
        await console.page.locator(selector).bounding_box() for selector in (".graphiql-editors", ".graphiql-response")
    ]
    editors, result = boxes
    assert editors
    assert result
    assert min(editors["width"], result["width"]) > 250
    assert min(editors["height"], result["height"]) > 150


async def test_everything_is_reached_by_the_keyboard(console: ConsolePage) -> None:
    await console.open()
    press = console.page.keyboard.press
    await press("Tab")
    await expect(console.page.get_by_role("button", name="Skip to the content")).to_be_focused()
    await press("Enter")
    await press("Tab")
    await expect(console.page.get_by_label("Query", exact=True)).to_be_focused()
    await press("ControlOrMeta+Enter")
    await expect(console.dialog.get_by_label("Email address")).to_be_focused()
    await console.page.keyboard.type(OWNER)
    await press("Tab")
    await console.page.keyboard.type("Allotment-demo-1!")
    await press("Enter")
    await expect(console.result).to_contain_text("Olive Owner")
    await expect(console.page.get_by_label("Query", exact=True)).to_be_focused()


async def test_lost_connection_is_reported_and_recovers(console: ConsolePage) -> None:
    console.watch.allow("ERR_INTERNET_DISCONNECTED")
    await console.open()
    await console.sign_in(OWNER)
    await console.page.context.set_offline(True)
    await console.run_button.click()
    await expect(console.result).to_contain_text("The server cannot be reached")
    notice = console.page.get_by_role("status").filter(has_text="The server cannot be reached")
    await expect(notice).to_be_visible()
    await console.page.context.set_offline(False)
    await expect(notice).not_to_be_visible()
    await console.run()
    await expect(console.result).to_contain_text("Olive Owner")


async def test_colors_are_chosen_and_remembered(console: ConsolePage) -> None:
    await console.open()
    background = "getComputedStyle(document.body).backgroundColor"
    light = await console.page.evaluate(background)
    await console.bar.get_by_label("Colors").select_option("dark")
    assert await console.page.evaluate(background) != light
    await console.open()
    assert await console.page.evaluate(background) != light


async def test_unknown_view_leads_to_the_query_view(console: ConsolePage) -> None:
    await console.open("/graphql#/nowhere")
    await console.page.get_by_role("link", name="Open the query view").click()
    await expect(console.page).to_have_url(re.compile("/graphql#/query$"))
    await expect(console.page.get_by_label("Query", exact=True)).to_be_visible()


async def test_page_cannot_be_framed_and_runs_no_foreign_script(console: ConsolePage) -> None:
    response = await console.page.request.get(f"http://{console.watch.host}/graphql", headers={"Accept": "text/html"})
    policy = response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert response.headers["x-content-type-options"] == "nosniff"

    console.watch.allow("Content Security Policy")
    await console.open()
    await console.page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.injected = true';
        document.body.append(script);
    }""")
    assert await console.page.evaluate("window.injected") is None


async def test_values_are_shown_as_text(console: ConsolePage) -> None:
    attack = "<img src=x onerror=window.injected=1>"
    await console.open()
    await console.sign_in(OWNER)
    for query in (
        f'{{ a: __type(name: "{attack}") {{ name }} }}',
        f'{{ task(id: "{attack}") {{ id }} }}',
        f"# {attack}\n{{ x",
    ):
        await console.write(query)
        await console.run()
    await console.show_full_editor()
    await console.run()
    assert await console.page.locator("img[src=x]").count() == 0
    assert await console.page.evaluate("window.injected") is None


async def test_console_sends_no_operation_of_an_address_and_no_token_in_one(console: ConsolePage) -> None:
    await console.open("/graphql?query=mutation+Evil+%7B+logoutEverywhere+%7B+done+%7D+%7D#/query")
    await console.sign_in(OWNER)
    await console.show_full_editor()
    assert not any("Evil" in sent_operation(request).get("query", "") for request in console.watch.requests)
    assert not any("eyJ" in request.url for request in console.watch.requests)


async def is_scrolling_sideways(console: ConsolePage) -> bool:
    """Return whether the page is wider than the window."""
    scrolls: bool = await console.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return scrolls
