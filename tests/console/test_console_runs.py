"""What the console shows of a run and of a plan, in a real browser with a running server and the demo data."""

from playwright.async_api import Locator, expect

from tests.console.conftest import NewConsole
from tests.console.page import BROWSER_TEST, ConsolePage, sent_operation

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
TASKS = "query Traced { tasks(first: 2) { nodes { title assignee { name } } } }"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def run_region(console: ConsolePage) -> Locator:
    return console.page.get_by_role("region", name="Run", exact=True)


def panel_button(console: ConsolePage, name: str) -> Locator:
    return run_region(console).get_by_role("button", name=name, exact=True)


async def open_signed_in(console: ConsolePage, email: str = OWNER) -> None:
    await console.open()
    await console.sign_in(email)


async def test_run_shows_cost_and_statements(new_console: NewConsole) -> None:
    console = await new_console(permissions=CLIPBOARD)
    await open_signed_in(console)
    await console.write(TASKS)
    body = await console.run()
    assert "trace" not in body["extensions"]
    summary = run_region(console).get_by_role("status").first
    await expect(summary).to_contain_text("Status 200")
    await expect(summary).to_contain_text(f"Cost {body['extensions']['cost']['actual']}")

    await panel_button(console, "Details").press("Enter")
    await expect(run_region(console)).to_contain_text("Run the operation again to see its statements.")
    body = await console.run()
    trace = body["extensions"]["trace"]
    table = run_region(console).get_by_role("table")
    await expect(table.locator("tr.statement")).to_have_count(len(trace["statements"]))
    await expect(table).to_contain_text("tasks.nodes.assignee")
    await expect(run_region(console)).to_contain_text("compiled")

    statement = table.locator("tr.statement").last
    await statement.locator("summary").press("Enter")
    await expect(statement.locator("pre")).to_be_visible()
    sql = await statement.locator("pre").inner_text()
    assert sql in {each["sql"] for each in trace["statements"]}
    await statement.get_by_role("button", name="Copy SQL").press("Enter")
    await expect(statement.get_by_role("status")).to_have_text("Copied")
    assert await console.page.evaluate("navigator.clipboard.readText()") == sql
    assert await console.find_axe_violations(".run") == []


async def test_run_details_fit_a_narrow_screen(new_console: NewConsole) -> None:
    console = await new_console(viewport={"width": 360, "height": 740})
    await open_signed_in(console)
    await panel_button(console, "Details").click()
    await console.write(TASKS)
    await console.run()
    await expect(run_region(console).locator("tr.statement").first).to_be_visible()
    assert await console.page.evaluate("document.documentElement.scrollWidth") <= 360
    panel = run_region(console).locator(".run-panel")
    assert await panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")


async def test_plan_is_shown_before_the_operation_is_run(console: ConsolePage) -> None:
    await open_signed_in(console)
    await console.write(TASKS)
    await panel_button(console, "Plan").click()
    plan = run_region(console)
    await expect(plan).to_contain_text("The server would execute this operation.")
    await expect(plan.get_by_role("table")).to_contain_text("tasks.nodes.assignee")
    await expect(plan).to_contain_text("at most")

    await console.write(
        "query Big { tasks(first: 100) { nodes { project { tasks(first: 100) { nodes { title "
        "project { tasks(first: 100) { nodes { title } } } } } } } } }"
    )
    await expect(plan.get_by_role("alert")).to_contain_text("COST_EXCEEDED")
    await console.write("query Wrong { tasks { unknown } }")
    await expect(plan.get_by_role("alert")).to_contain_text("unknown")
    await console.write("query Open {")
    await expect(plan).to_contain_text("Syntax Error")
    assert await console.find_axe_violations(".run") == []

    planned = {"Traced", "Big", "Wrong"}
    urls = {
        request.url for request in console.watch.requests if sent_operation(request).get("operationName") in planned
    }
    assert [url.rsplit("/", 1)[-1] for url in urls] == ["plan"], "nothing was executed"
