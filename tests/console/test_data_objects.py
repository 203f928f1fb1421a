"""Objects in the data browser: their history, forms and conflicts."""

from playwright.async_api import Locator, expect

from tests.console.conftest import NewWriter
from tests.console.data_view import DataView
from tests.console.page import BROWSER_TEST, ConsolePage, sent_operation

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
HOSTILE = """<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>"""
LINK = "javascript:document.title='owned'"


def sent_updates(console: ConsolePage) -> list[dict[str, object]]:
    """Return the variables of the updates that the console has sent."""
    operations = [sent_operation(request) for request in console.watch.requests]
    return [operation["variables"] for operation in operations if "updateTask" in operation.get("query", "")]


async def test_object_is_created_edited_and_deleted(console: ConsolePage, new_writer: NewWriter) -> None:
    view = await DataView.open(console, OWNER, "/tasks")
    await view.press("Create task")
    form = view.main.get_by_role("form", name="Create task")
    await form.get_by_role("button", name="Create task").click()
    await expect(form.get_by_text("Must not be empty.")).to_be_visible()
    await expect(form.get_by_label("Title (required)")).to_have_attribute("aria-invalid", "true")
    await expect(form.get_by_label("Title (required)")).to_be_focused()
    await form.get_by_label("Title (required)").fill("Paint the fence")
    project = form.get_by_label("Project id")
    await project.fill("tool")
    found = form.locator("datalist option", has_text="Tool shed")
    await expect(found).to_have_count(1)
    await project.fill(await found.get_attribute("value") or "")
    await expect(form.locator(".text", has_text="Tool shed")).to_be_visible()
    await form.get_by_label("Due date").fill("2027-03-04")
    await form.get_by_role("button", name="Create task").click()
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("Paint the fence")
    await expect(view.field("Project").get_by_role("link")).to_have_text("Tool shed")
    await expect(view.field("Priority")).to_have_text("MEDIUM")  # the default of the schema
    await expect(view.field("Due date").locator("time")).to_have_attribute("title", "2027-03-04")

    await view.press("Edit")
    await expect(view.main.get_by_role("heading", name="Edit")).to_be_focused()
    await view.main.get_by_label("Status").select_option("DONE")
    await view.main.get_by_label("Due date").fill("")
    await view.press("Save")
    await expect(view.field("Status")).to_have_text("DONE")
    (update,) = sent_updates(console)
    assert update["expectedVersion"] == 1
    assert update["input"] == {"status": "DONE", "dueDate": None}

    await view.press("Delete task")
    await expect(view.main.get_by_text("Delete task: “Paint the fence”?")).to_be_visible()
    writer = await new_writer(OWNER)
    await writer.update_task(view.page.url.rpartition("/")[2], priority="HIGH")
    delete = view.main.get_by_role("form").get_by_role("button", name="Delete task")
    await delete.click()
    await expect(view.main.get_by_role("alert")).to_contain_text("changed in the meantime")
    await expect(view.field("Priority")).to_have_text("HIGH")
    await delete.click()
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("Tasks")


async def test_object_shows_history_past_versions_and_related_objects(
    console: ConsolePage, new_writer: NewWriter
) -> None:
    writer = await new_writer(OWNER)
    task_id = await writer.create_task(title="Old title")
    await writer.update_task(task_id, title="New title")
    view = await DataView.open(console, OWNER, f"/-/{task_id}")
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("New title")
    await view.main.get_by_text("History", exact=True).click()
    newest = view.main.locator(".history > li").first
    await expect(newest.get_by_role("row", name="Title")).to_contain_text("Old title")
    await view.main.locator(".history > li").last.get_by_role("link", name="Show this version").click()
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("Old title")
    await expect(view.main.get_by_role("button", name="Edit")).to_have_count(0)  # the past cannot be changed
    await view.main.get_by_role("link", name="Show the present").click()
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("New title")

    await view.go_to("/orders")
    await view.titles.first.get_by_role("link").click()
    await view.main.get_by_text("Events", exact=True).click()
    await expect(view.main.get_by_role("region", name="Events").get_by_text("OrderPlaced")).to_be_visible()
    await view.main.get_by_text("Items", exact=True).click()
    await view.main.get_by_role("region", name="Items").locator("tbody a").first.click()
    await expect(view.field("Product").get_by_role("link")).to_be_visible()


async def test_conflict_shows_both_values_and_saves_the_chosen_ones(
    console: ConsolePage, new_writer: NewWriter
) -> None:
    writer = await new_writer(OWNER)
    task_id = await writer.create_task(title="Shared", description="Shared", priority="LOW")
    view = await DataView.open(console, OWNER, f"/tasks/{task_id}")
    await view.press("Edit")
    await view.main.get_by_label("Title").fill("Mine")
    await view.main.get_by_label("Description").fill("Mine too")
    await writer.update_task(task_id, title="Theirs", status="DONE")
    await view.press("Save")
    form = view.main.get_by_role("form", name="Conflict")
    await expect(form.get_by_role("alert")).to_contain_text("Nothing was saved")
    title = form.get_by_role("group", name="Title")
    await expect(title).to_contain_text("Your value: Mine")
    await expect(title).to_contain_text("The value that someone else saved: Theirs")
    await expect(form).to_contain_text("Also changed by someone else; these values stay: Status (DONE)")
    save = form.get_by_role("button", name="Save the chosen values")
    await expect(save).to_be_disabled()
    assert await console.find_axe_violations() == []

    await title.get_by_label("The value that someone else saved").check()
    await save.click()
    await expect(view.field("Description")).to_have_text("Mine too")
    task = await writer.find_task(task_id)
    expected = {"title": "Theirs", "description": "Mine too", "status": "DONE", "priority": "LOW", "version": 3}
    assert task == expected
    assert sent_updates(console)[-1]["input"] == {"description": "Mine too"}


async def test_values_are_shown_as_text_only(console: ConsolePage, demo_server: str, new_writer: NewWriter) -> None:
    writer = await new_writer(OWNER)
    values = {"title": HOSTILE, "description": LINK, "externalId": f"{HOSTILE} {demo_server}"}
    task_id = await writer.create_task(**values)
    await writer.update_task(task_id, description=f"{LINK} {HOSTILE}")
    view = await DataView.open(console, OWNER, "/tasks")
    await expect(view.titles.get_by_text(HOSTILE)).to_be_visible()
    await assert_no_markup(view.main)
    await view.titles.get_by_text(HOSTILE).click()
    await expect(view.main.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    await view.main.get_by_text("History", exact=True).click()
    await expect(view.main.locator(".history")).to_contain_text(LINK)
    await assert_no_markup(view.main)
    await view.press("Edit")
    await view.main.get_by_label("Description").fill("mine")
    await writer.update_task(task_id, description=f"theirs {HOSTILE}")
    await view.press("Save")
    await expect(view.main.get_by_role("form", name="Conflict")).to_contain_text(HOSTILE)
    await assert_no_markup(view.main)
    await view.press("Discard my changes")
    await view.press("Delete task")
    await assert_no_markup(view.main)
    await view.go_to(f"/{LINK}?where={HOSTILE}")
    await assert_no_markup(view.main)
    assert await view.page.title() == "Allotment"


async def assert_no_markup(shown: Locator) -> None:
    """Fail if a value became an element or a link with a scheme of its own."""
    assert await shown.locator("img, script, iframe, [onerror]").count() == 0
    links = await shown.locator("a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(links) <= {"http:"}


async def test_actions_are_confirmed_and_secrets_are_shown_once(console: ConsolePage, new_writer: NewWriter) -> None:
    writer = await new_writer(OWNER)
    created = await writer.execute('mutation { createArticle(input: {title: "Frost"}) { article { id } } }')
    view = await DataView.open(console, OWNER, f"/articles/{created['createArticle']['article']['id']}")
    await view.press("Publish article")
    await expect(view.main.get_by_text("Publish article: “Frost”?")).to_be_visible()
    await expect(view.field("Status")).to_have_text("DRAFT")  # not before the confirmation
    await view.main.get_by_role("form").get_by_role("button", name="Publish article").click()
    await expect(view.field("Status")).to_have_text("PUBLISHED")
    await expect(view.main.get_by_text("Publish article: done.")).to_be_visible()

    await view.go_to("/apiKeys")
    await view.press("Create API key")
    form = view.main.get_by_role("form", name="Create API key")
    await form.get_by_label("Name (required)").fill("A service")
    await form.get_by_role("button", name="Create API key").click()
    secret = await view.main.locator(".panel dd code").inner_text()
    assert secret.startswith("allot_")
    await view.main.get_by_role("link", name="Open the object").click()
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("A service")
    assert secret not in await view.page.content()
    assert secret not in await console.read_storage()


async def test_superuser_administers_users(console: ConsolePage) -> None:
    view = await DataView.open(console, "superuser@demo.test", "/users")
    await view.titles.get_by_text("member@demo.test").click()
    await expect(view.field("Full name")).to_have_text("Mia Member")
    await expect(view.field("Status")).to_contain_text("isActive: true, isSuperuser: false")
    await view.go_to("/tenant")
    await expect(view.main.get_by_role("heading", level=1)).to_have_text("Demo Gardens")
    await view.main.get_by_text("Members", exact=True).click()
    await expect(view.main.get_by_role("region", name="Members").get_by_text("OWNER", exact=True)).to_be_visible()
