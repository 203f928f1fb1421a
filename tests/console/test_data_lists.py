"""Lists of the data browser, in a real browser with a running server and the demo data."""

import json
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import expect

from tests.console.conftest import NewConsole, NewWriter
from tests.console.data_view import DataView
from tests.console.page import BROWSER_TEST, ConsolePage

pytestmark = BROWSER_TEST

OWNER, MEMBER = "owner@demo.test", "member@demo.test"


def parameters_of(view: DataView) -> dict[str, str]:
    """Return what the address says about the list."""
    search = urlsplit(urlsplit(view.page.url).fragment).query
    return {name: values[0] for name, values in parse_qs(search).items()}


async def test_list_is_filtered_sorted_and_paged_by_its_address(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in(OWNER)
    await console.bar.get_by_role("link", name="Data", exact=True).click()
    view = DataView(console)
    await view.page.get_by_role("navigation", name="Types of objects").get_by_role("link", name="Workers").click()
    await expect(view.main.get_by_role("heading", level=1)).to_be_focused()
    await expect(view.titles).to_have_count(20)
    await view.main.get_by_role("button", name="Name").click()
    await expect(view.main.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    await view.settle()
    names = await view.titles.all_inner_texts()
    assert names == sorted(names)

    await view.press("Next page")
    await expect(view.titles).not_to_have_count(20)
    await view.settle()
    assert parameters_of(view)["after"]
    rest = await view.titles.all_inner_texts()
    assert rest[0] > names[-1]
    await view.press("Previous page")
    await expect(view.titles).to_have_text(names)
    await view.page.go_back()
    await expect(view.titles).to_have_text(rest)
    await view.page.reload()
    await view.settle()
    await expect(view.titles).to_have_text(rest)


async def test_filter_form_builds_the_where_argument(console: ConsolePage) -> None:
    view = await DataView.open(console, OWNER, "/tasks")
    await view.main.get_by_text("Filter", exact=True).click()
    form = view.main.locator("details.filter")
    await form.get_by_label("Add a condition").select_option("status")
    await form.get_by_label("Value of Status").select_option("DONE")
    await form.get_by_label("Add a condition").select_option("project.name")
    await form.get_by_label("Value of Project / Name").fill("e")
    await view.press("Apply")
    await expect(form.get_by_text("Filter (active)")).to_be_visible()
    await view.settle()
    where = json.loads(parameters_of(view)["where"])
    assert where == {"and": [{"status": {"eq": "DONE"}}, {"project": {"name": {"contains": "e"}}}]}
    assert set(await view.main.locator("tbody tr td:nth-child(3)").all_inner_texts()) == {"DONE"}

    await form.get_by_role("button", name="Remove the condition on Status").click()
    await form.get_by_label("Value of Project / Name").fill("no such project")
    await view.press("Apply")
    await expect(view.main.get_by_text("No objects")).to_be_visible()
    await form.get_by_label("Value of Project / Name").fill("")
    await view.press("Apply")
    await expect(form.get_by_role("alert")).to_have_text("Enter a value.")
    await view.press("Clear")
    await expect(view.titles).to_have_count(20)


async def test_filter_of_any_depth_is_edited_as_json(console: ConsolePage) -> None:
    view = await DataView.open(console, OWNER, "/tasks?where=" + '{"or":[{"priority":{"eq":"HIGH"}}]}')
    editor = view.main.get_by_label("The argument where as JSON (TaskWhere)")
    await expect(view.titles.first).to_be_visible()
    await editor.fill('{"priority": {"eq": "URGENT"}}')
    await view.press("Apply")
    await expect(view.main.get_by_role("alert")).to_contain_text("URGENT")
    await view.page.go_back()
    await expect(view.titles.first).to_be_visible()
    await editor.fill("{")
    await view.press("Apply")
    await expect(view.main.get_by_role("alert")).to_contain_text("not JSON")


async def test_member_sees_only_what_the_role_permits(console: ConsolePage) -> None:
    view = await DataView.open(console, MEMBER, "/products")
    nouns = view.page.get_by_role("navigation", name="Types of objects")
    await expect(nouns.get_by_role("link", name="Tasks")).to_be_visible()
    await expect(nouns.get_by_role("link", name="Audit log")).to_have_count(0)
    await expect(view.main.get_by_role("button", name="Create product")).to_have_count(0)
    await view.titles.first.get_by_role("link").click()
    await expect(view.field("Name")).to_be_visible()
    for name in ("Edit", "Delete product"):
        await expect(view.main.get_by_role("button", name=name)).to_have_count(0)
    await view.go_to("/auditLog")  # by its address: the server refuses
    await expect(view.main.get_by_role("alert")).to_contain_text("Only an admin")


async def test_object_of_another_tenant_is_not_found(console: ConsolePage, new_writer: NewWriter) -> None:
    other = await new_writer("owner@other.test", "other")
    task_id = await other.create_task(title="A secret of the orchards")
    view = await DataView.open(console, OWNER, f"/tasks/{task_id}")
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("Not found")
    await view.go_to(f"/-/{task_id}")
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("Not found")
    assert "secret" not in await view.page.content()


async def test_small_screen_and_accessibility(new_console: NewConsole) -> None:
    console = await new_console(viewport={"width": 360, "height": 740})
    view = await DataView.open(console, OWNER, "/tasks")
    width = "document.documentElement.scrollWidth"
    assert await view.page.evaluate(width) <= 360
    assert await console.find_axe_violations() == []
    await view.titles.first.get_by_role("link").click()
    await view.main.get_by_text("History", exact=True).click()
    await expect(view.main.locator(".history li").first).to_be_visible()
    await view.press("Edit")
    assert await view.page.evaluate(width) <= 360
    assert await console.find_axe_violations() == []
