"""The console in a real browser, with a running server and the demo data."""

from typing import Any

import pytest
from graphql import DocumentNode
from playwright.async_api import expect

from tests.console.page import ConsolePage

# In this order: without a browser, do not build.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("chromium", "console_dist")]

EMAIL = "owner@demo.test"
WITHOUT_ID = {"PlaceOrder": ["NOT_FOUND"], "DeleteDocument": ["NOT_FOUND"], "PastDocument": None}
"""The examples that need an id, and the codes of their errors without one; None if the result is null."""


async def test_every_example_runs_without_requests_to_other_hosts(
    console: ConsolePage, examples: dict[str, DocumentNode]
) -> None:
    await console.open()
    assert await console.page.title() == "Allotment"
    tabs = await console.tab_titles()
    assert tabs[0] == "LogIn"
    assert sorted(tabs) == sorted(examples)

    for tab in tabs:
        _, body = await console.run(tab)
        if tab in WITHOUT_ID:
            assert (tab, "errors" in body, find_error_codes(body["data"])) == (tab, False, WITHOUT_ID[tab])
        else:
            assert_success(body)

    await console.page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(console.page.locator(".graphiql-plugin")).to_contain_text("Mutation")  # introspection succeeded
    await console.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await expect(console.page.locator(".graphiql-plugin")).to_contain_text("auditLog")
    await console.wait_for_late_requests()
    assert console.foreign_urls == []
    assert console.errors == []


async def test_login_is_stored_until_sign_out(console: ConsolePage) -> None:
    await console.open()
    status = console.page.get_by_role("status")
    await expect(status).to_have_text("Not signed in")

    headers, body = await console.run("LogIn")
    token = body["data"]["login"]["accessToken"]
    assert "authorization" not in headers
    await expect(status).to_contain_text(f"Signed in as {EMAIL}")
    await expect(console.page.locator(".graphiql-response")).to_contain_text('"accessToken"')

    await console.open()  # the session survives a reload
    headers, body = await console.run("WhoAmI")
    assert headers["authorization"] == f"Bearer {token}"
    assert headers["x-tenant"] == "demo"
    assert body["data"]["viewer"]["email"] == EMAIL

    await console.page.get_by_role("button", name="Sign out").click()
    await expect(status).to_have_text("Not signed in")
    headers, _ = await console.run("WhoAmI")
    assert "authorization" not in headers


async def test_rejected_token_signs_out(console: ConsolePage) -> None:
    await console.page.add_init_script("""sessionStorage.setItem("allotment:session", '{"token": "stale"}')""")
    await console.open()
    await console.run("WhoAmI")
    await expect(console.page.get_by_role("status")).to_have_text("Not signed in")


async def test_headers_editor_overrides_the_session(console: ConsolePage) -> None:
    await console.open()
    await console.run("LogIn")
    await console.select_tab("WhoAmI")
    await console.page.locator(".graphiql-editor-tool .monaco-editor:visible").click()
    await console.page.keyboard.press("ControlOrMeta+A")
    await console.page.keyboard.press("Delete")
    await console.page.keyboard.type('{"authorization": "Bearer mine"}')

    headers, _ = await console.execute("WhoAmI")
    assert headers["authorization"] == "Bearer mine"
    await expect(console.page.get_by_role("status")).to_contain_text(EMAIL)  # the rejected token was not the session's


def find_error_codes(data: dict[str, Any]) -> list[str] | None:
    """Return the codes of the only field's user errors; None if the field is null."""
    (payload,) = data.values()
    return payload and [error["code"] for error in payload["userErrors"]]


def assert_success(body: dict[str, Any]) -> None:
    assert "errors" not in body
    assert body["data"]
    for field, payload in body["data"].items():
        assert payload, f"{field} is null"
        assert isinstance(payload, list) or not payload.get("userErrors")
