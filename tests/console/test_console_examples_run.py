"""Each example is opened from the panel, with what it fills in, and runs as it stands on the demo data."""

import re
from typing import Any

from graphql import DocumentNode, print_ast
from playwright.async_api import expect

from tests.console.page import BROWSER_TEST, ConsolePage, sent_operation

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"


async def test_every_example_runs_as_it_stands(console: ConsolePage, examples: dict[str, DocumentNode]) -> None:
    await console.open(editor="full")
    await console.sign_in(OWNER)
    titles = await console.page.locator(".examples button").all_inner_texts()
    assert sorted(map(to_operation_name, titles)) == sorted(examples)
    failed = {}
    for title in titles:
        name = to_operation_name(title)
        await console.page.locator(".examples").get_by_role("button", name=title, exact=True).click()
        await expect(console.page.locator(".graphiql-tab-active")).to_contain_text(name)
        if is_live(examples[name]):
            continue
        body = await console.run()
        if find_errors(body):
            failed[name] = body
    assert failed == {}


async def test_example_waits_for_the_sign_in_that_its_ids_need(console: ConsolePage) -> None:
    await console.open(editor="full")
    await console.page.get_by_role("button", name="Place order", exact=True).click()
    await expect(console.dialog).to_contain_text("ids of your tenant")
    await console.submit_sign_in(OWNER)
    await expect(console.page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text("product_")
    tabs = console.page.locator(".graphiql-tab")
    await expect(tabs).to_have_count(2)
    await console.page.get_by_role("button", name="Who am i", exact=True).dblclick()
    await expect(tabs).to_have_count(3)  # an example that is open is selected, not opened again, even at once
    assert not any("PlaceOrder" in sent_operation(request).get("query", "") for request in console.watch.requests)


def to_operation_name(title: str) -> str:
    """Return the name of the operation of a title: "PlaceOrder" for "Place order"."""
    return "".join(word[0].upper() + word[1:] for word in title.split())


def is_live(document: DocumentNode) -> bool:
    """Return whether the operation has results over time."""
    return bool(re.search(r"^subscription|@live", print_ast(document), re.MULTILINE))


def find_errors(body: dict[str, Any]) -> list[Any]:
    """Return the errors of the response and of its payloads; null fields count as errors."""
    fields = (body.get("data") or {}).values()
    return [*body.get("errors", []), *(payload for payload in fields if not payload or payload_errors(payload))]


def payload_errors(payload: Any) -> list[Any]:
    """Return the user errors of a mutation's payload."""
    return payload.get("userErrors", []) if isinstance(payload, dict) else []
