"""Running operations in the query view, with the light editor and with GraphiQL."""

from urllib.parse import urlencode

from playwright.async_api import Request, expect

from tests.console.page import BROWSER_TEST, ConsolePage, sent_operation

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
WHO = "query Who { viewer { fullName } }"


async def test_first_visit_runs_the_first_query_after_signing_in(console: ConsolePage) -> None:
    await console.open()
    await console.run_button.click()
    await expect(console.dialog).to_contain_text("requires a signed-in user")
    await console.dialog.get_by_role("button", name="Olive Owner").click()
    await expect(console.result).to_contain_text("Olive Owner")  # it ran by itself
    await expect(console.result).to_contain_text("totalCount")


async def test_cancelled_sign_in_shows_the_error(console: ConsolePage) -> None:
    await console.open()
    await console.run_button.click()
    await expect(console.dialog).to_be_visible()
    await console.page.keyboard.press("Escape")
    await expect(console.dialog).not_to_be_visible()
    await expect(console.result).to_contain_text("UNAUTHENTICATED")


async def test_full_editor_takes_over_text_result_and_focus(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in(OWNER)
    editor = console.page.get_by_label("Query", exact=True)
    await editor.fill(WHO)
    await console.run()
    await expect(console.result).to_contain_text("Olive Owner")
    await editor.press("End")
    await editor.type(" # typed")
    await console.show_full_editor()
    await console.page.keyboard.type(" on")  # the focus and the cursor are where they were
    await expect(console.page.locator(".graphiql-query-editor .view-lines")).to_have_text(f"{WHO} # typed on")
    await expect(console.result).to_contain_text("Olive Owner")
    await console.page.keyboard.press("ControlOrMeta+Enter")
    await expect(console.result).to_contain_text("Olive Owner")


async def test_errors_of_the_server_are_shown(console: ConsolePage) -> None:
    await console.open()
    for query, message in (("{ nope }", "Cannot query field 'nope'"), ("{", "Syntax Error")):
        await console.write(query)
        await console.run()
        await expect(console.result).to_contain_text(message)


async def test_linked_operation_is_opened_and_not_run(console: ConsolePage) -> None:
    await console.open(
        "/graphql?query=query+Linked+%7B+viewer+%7B+fullName+%7D+%7D&variables=%7B%22a%22%3A1%7D", editor="full"
    )
    await expect(console.page.locator(".graphiql-query-editor .view-lines")).to_contain_text("query Linked")
    sent = [sent_operation(request).get("query", "") for request in console.watch.requests]
    assert not any("Linked" in query for query in sent)


async def test_light_editor_runs_the_operation_of_the_link_or_at_the_cursor(console: ConsolePage) -> None:
    text = "query First { viewer { fullName } } query Second { viewer { email } }"
    await console.open("/graphql?" + urlencode({"query": text, "operationName": "Second"}))
    await console.sign_in(OWNER)
    assert (await console.run())["data"] == {"viewer": {"email": OWNER}}
    await console.page.get_by_label("Query", exact=True).focus()
    await console.page.keyboard.press("ControlOrMeta+Home")
    assert (await console.run())["data"] == {"viewer": {"fullName": "Olive Owner"}}


async def test_header_of_the_editor_has_precedence_over_the_session(console: ConsolePage) -> None:
    await console.open(editor="full")
    await console.sign_in(OWNER)
    await console.write(WHO)
    await console.page.get_by_role("button", name="Headers").click()
    await console.page.locator(".graphiql-editor-tool .monaco-editor:visible").click()
    await console.page.keyboard.insert_text('{"authorization": "Bearer mine", "x-tenant": "other"}')
    body = await console.run()
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    headers = await find_request(console, "query Who").all_headers()
    assert (headers["authorization"], headers["x-tenant"]) == ("Bearer mine", "other")
    await expect(console.bar).to_contain_text("Olive Owner")  # the refused token was not the session's


async def test_subscription_logs_each_event_until_it_is_stopped(console: ConsolePage) -> None:
    await console.open(editor="full")
    await console.sign_in(OWNER)
    await console.write("subscription New { taskChanged { task { title } } }")
    await console.run_button.click()
    log = console.page.get_by_role("region", name="Events of New")
    await expect(log).to_contain_text("Running, 0 events")
    other = await console.open_tab()
    for title in ("<img src=x onerror=alert(1)>", "second"):
        await other.write(f'mutation {{ createTask(input: {{title: "{title}"}}) {{ task {{ id }} }} }}')
        await other.run()
        await expect(log).to_contain_text(title)
    await expect(log).to_contain_text("Running, 2 events")
    assert await log.locator("img").count() == 0
    await log.get_by_role("button", name="Stop").click()
    await expect(log).to_contain_text("Ended, 2 events")
    await expect(console.run_button).to_be_visible()


async def test_completion_does_not_cover_run(console: ConsolePage) -> None:
    await console.open(editor="full")
    await console.write("{ ta")
    await console.page.keyboard.press("Control+Space")
    await expect(console.page.locator(".suggest-widget.visible")).to_be_visible()
    await console.run_button.click(trial=True, timeout=5_000)  # fails if another element is above it


async def test_tab_key_leaves_the_full_editor_after_control_m(console: ConsolePage) -> None:
    await console.open(editor="full")
    await console.write("{ viewer { id } }")
    await console.page.keyboard.press("Control+m")
    await console.page.keyboard.press("Tab")
    await expect(console.run_button).to_be_focused()


def find_request(console: ConsolePage, text: str) -> Request:
    """Return the last request whose operation contains the text."""
    return next(
        request for request in reversed(console.watch.requests) if text in sent_operation(request).get("query", "")
    )
