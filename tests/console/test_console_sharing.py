"""Snippets, links, history and persisted documents of the console, in a real browser with a running server."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.async_api import expect

from tests.console.conftest import NewConsole
from tests.console.page import BROWSER_TEST, DEMO_PASSWORD, ConsolePage, sent_operation
from tests.console.test_console_runs import CLIPBOARD, open_signed_in, panel_button, run_region

pytestmark = BROWSER_TEST

XSS = '<img src=x onerror="document.title=1">'
LOGIN = """mutation Secret($password: String!) { login(input: {email: "owner@demo.test", password: $password})"""
LOGIN += " { userErrors { code } } }"


async def test_operation_is_copied_as_snippet_and_as_link(new_console: NewConsole) -> None:
    console = await new_console(permissions=CLIPBOARD)
    await open_signed_in(console)
    await console.write("query First { viewer { id } } query Second { viewer { email } }")
    await console.page.keyboard.press("End")
    await panel_button(console, "Copy as…").press("Enter")
    dialog = console.page.get_by_role("dialog", name="Copy as")
    for name, part in {"cURL": "--data-raw", "fetch": "await fetch(", "urql": "@urql/core", "Python": "urllib"}.items():
        await dialog.get_by_role("button", name=name, exact=True).click()
        await expect(dialog.get_by_role("region", name="Snippet")).to_contain_text(part)
    await dialog.get_by_role("button", name="Copy", exact=True).click()
    await expect(dialog.get_by_role("status")).to_have_text("Copied")
    snippet = await console.page.evaluate("navigator.clipboard.readText()")
    assert "query Second" in snippet  # the cursor is there
    assert "query First" not in snippet
    assert "ALLOTMENT_TOKEN" in snippet
    assert "eyJ" not in snippet
    assert await console.find_axe_violations("dialog.snippet") == []
    await console.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()

    await panel_button(console, "Link").click()
    await expect(run_region(console)).to_contain_text("Link copied")
    link = await console.page.evaluate("navigator.clipboard.readText()")
    parameters = parse_qs(urlsplit(link).query)
    assert parameters["operationName"] == ["Second"]
    assert "eyJ" not in link
    await console.write("query Long { " + "viewer { id } " * 700 + "}")
    await panel_button(console, "Link").click()
    await expect(run_region(console)).to_contain_text("at most 8,000 work everywhere")


async def test_link_opens_the_operation_without_running_it(console: ConsolePage) -> None:
    variables = json.dumps({"first": 3, "note": XSS})
    query = f"query Linked($first: Int) {{ tasks(first: $first) {{ nodes {{ title }} }} }} # {XSS}"
    address = urlencode({"query": query, "variables": variables, "operationName": "Linked"})
    await console.open(f"/graphql?{address}")
    await expect(console.page.get_by_label("Query", exact=True)).to_have_value(query)
    await console.show_full_editor()
    await expect(console.page.locator(".graphiql-query-editor")).to_contain_text("Linked")
    assert await console.page.title() == "Allotment"
    assert not any(sent_operation(request).get("operationName") == "Linked" for request in console.watch.requests)


async def test_history_and_tabs_do_not_store_secrets(console: ConsolePage) -> None:
    await open_signed_in(console)
    await console.show_full_editor()
    await console.write(LOGIN)
    await console.page.locator(".graphiql-editor-tool .monaco-editor").first.click()
    await console.page.keyboard.press("ControlOrMeta+A")
    await console.page.keyboard.insert_text(json.dumps({"password": DEMO_PASSWORD}))
    body = await console.run()
    assert body["data"]["login"]["userErrors"] == []
    await expect(console.result).to_contain_text("userErrors")  # history records operations that do not overlap
    await console.write("query Harmless { viewer { id } }")
    tab = console.page.get_by_role("button", name="Harmless", exact=True)
    await expect(tab).to_be_visible()  # it follows the editor after a moment, and history takes its document
    await console.run()

    await console.page.get_by_role("button", name="Show History").click()
    history = console.page.locator(".graphiql-history")
    await expect(history).to_contain_text("Harmless")
    await expect(history).to_contain_text("Secret")  # until the page is closed
    stored = await console.read_storage()
    assert "Harmless" in stored
    assert DEMO_PASSWORD not in stored
    assert "Bearer" not in stored


async def test_history_remains_after_signing_out_until_it_is_cleared(console: ConsolePage) -> None:
    await open_signed_in(console)
    await console.show_full_editor()
    await console.write("query Remaining { viewer { id } }")
    await console.run()
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(console.bar.get_by_role("button", name="Sign in")).to_be_visible()
    assert "Remaining" in await console.read_storage()
    await console.write("")
    await console.page.get_by_role("button", name="Open settings dialog").click()
    await console.page.get_by_role("button", name="Clear data").click()
    await expect(console.page.get_by_role("button", name="Cleared data")).to_be_visible()
    await console.wait_until_not_stored("Remaining")


@pytest.fixture
def document_count(demo_server: str, demo_database: str) -> int:
    """The number of documents on the server, after two were registered. Other tests may have registered some."""
    texts = {f"id-{XSS}": "query Registered { viewer { email } }", "id-2": "{ viewer { id } }"}
    rows = [(id, sha256(text.encode()).hexdigest(), text, "2026-01-01 00:00:00.000000") for id, text in texts.items()]
    with closing(sqlite3.connect(demo_database.removeprefix("sqlite:///"), timeout=30)) as connection, connection:
        connection.executemany(
            "INSERT INTO persisted_document (id, sha256, text, created_at) VALUES (?, ?, ?, ?)", rows
        )
        ((count,),) = connection.execute("SELECT count(*) FROM persisted_document")
    return int(count)


async def test_superuser_opens_a_persisted_document(console: ConsolePage, document_count: int) -> None:
    await console.open("/graphql#/documents")
    await expect(console.page.get_by_text("Only superusers may list them.")).to_be_visible()
    await console.sign_in("superuser@demo.test")
    await expect(console.page.get_by_role("status").filter(has_text=f"{document_count} documents")).to_be_visible()
    assert await console.find_axe_violations(".documents") == []
    await console.page.get_by_label("Part of the text").fill("query registered")
    await console.page.keyboard.press("Enter")
    await expect(console.page.get_by_role("status").filter(has_text="1 document")).to_be_visible()
    await console.page.get_by_role("button", name="Open in the editor: Registered").click()
    await expect(console.page.get_by_label("Query", exact=True)).to_have_value("query Registered { viewer { email } }")
    assert await console.page.title() == "Allotment"
