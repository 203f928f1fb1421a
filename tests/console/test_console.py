"""The console in a real browser, against a running server with the demo data."""

from typing import Any

import pytest
from graphql import DocumentNode
from playwright.async_api import expect

from tests.console.visit import Visit

pytestmark = pytest.mark.usefixtures("chromium", "console_dist")  # in this order: no browser, no build

EMAIL = "owner@demo.test"


async def test_every_example_runs_and_no_other_host_is_asked(visit: Visit, examples: dict[str, DocumentNode]) -> None:
    await visit.open()
    assert await visit.page.title() == "Allotment"
    tabs = await visit.tabs()
    assert tabs[0] == "LogIn"
    assert sorted(tabs) == sorted(examples)

    for tab in tabs:
        _, answer = await visit.run(tab)
        if tab == "PlaceOrder":  # which wants the id of a product first
            assert [error["code"] for error in answer["data"]["placeOrder"]["userErrors"]] == ["NOT_FOUND"]
        else:
            assert_success(answer)

    await visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(visit.page.locator(".graphiql-plugin")).to_contain_text("Mutation")  # the server let itself be read
    await visit.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await expect(visit.page.locator(".graphiql-plugin")).to_contain_text("createTask")
    await visit.linger()
    assert visit.foreign == []
    assert visit.complaints == []


async def test_logging_in_signs_in_until_signing_out(visit: Visit) -> None:
    await visit.open()
    status = visit.page.get_by_role("status")
    await expect(status).to_have_text("Not signed in")

    sent, answer = await visit.run("LogIn")
    token = answer["data"]["login"]["accessToken"]
    assert "authorization" not in sent
    await expect(status).to_contain_text(f"Signed in as {EMAIL}")
    await expect(visit.page.locator(".graphiql-response")).to_contain_text('"accessToken"')

    await visit.open()  # the session outlives a reload
    sent, answer = await visit.run("WhoAmI")
    assert sent["authorization"] == f"Bearer {token}"
    assert sent["x-tenant"] == "demo"
    assert answer["data"]["viewer"]["email"] == EMAIL

    await visit.page.get_by_role("button", name="Sign out").click()
    await expect(status).to_have_text("Not signed in")
    sent, _ = await visit.run("WhoAmI")
    assert "authorization" not in sent


async def test_a_refused_token_signs_out(visit: Visit) -> None:
    await visit.page.add_init_script("""sessionStorage.setItem("allotment:session", '{"token": "stale"}')""")
    await visit.open()
    await visit.run("WhoAmI")
    await expect(visit.page.get_by_role("status")).to_have_text("Not signed in")


async def test_the_headers_editor_has_the_last_word(visit: Visit) -> None:
    await visit.open()
    await visit.run("LogIn")
    await visit.choose("WhoAmI")
    await visit.page.locator(".graphiql-editor-tool .monaco-editor:visible").click()
    await visit.page.keyboard.press("ControlOrMeta+A")
    await visit.page.keyboard.press("Delete")
    await visit.page.keyboard.type('{"authorization": "Bearer mine"}')

    sent, _ = await visit.execute("WhoAmI")
    assert sent["authorization"] == "Bearer mine"
    await expect(visit.page.get_by_role("status")).to_contain_text(EMAIL)  # that refusal was not the session's


def assert_success(answer: dict[str, Any]) -> None:
    assert "errors" not in answer
    assert answer["data"]
    for field, payload in answer["data"].items():
        assert payload, f"{field} is null"
        assert isinstance(payload, list) or not payload.get("userErrors")
