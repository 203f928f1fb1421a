"""Deposits and transfers in the data browser: mutations that take the ids of accounts under other names."""

import re

from playwright.async_api import expect

from tests.console.conftest import NewWriter
from tests.console.data_view import DataView
from tests.console.page import BROWSER_TEST, ConsolePage

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
OPEN = "mutation ($input: OpenAccountInput!) { openAccount(input: $input) { account { id } userErrors { code } } }"


async def test_money_is_deposited_and_transferred(console: ConsolePage, new_writer: NewWriter) -> None:
    writer = await new_writer(OWNER)
    opened = [await writer.execute(OPEN, input={"name": name, "currency": "EUR"}) for name in ("Till", "Safe")]
    till, safe = (each["openAccount"]["account"]["id"] for each in opened)
    view = await DataView.open(console, OWNER, f"/accounts/{till}")
    await view.press("Deposit")
    form = view.main.get_by_role("form", name="Deposit")
    await expect(form.get_by_label("Account id")).to_have_count(0)  # it is the object's
    await form.get_by_label("Amount").fill("12.50")
    await form.get_by_role("button", name="Deposit").click()
    await expect(view.field("Balance")).to_contain_text("12.5")

    await view.go_to("/transfers")
    await view.press("Transfer funds")
    form = view.main.get_by_role("form", name="Transfer funds")
    await form.get_by_label("From id").fill(till)
    await form.get_by_label("To id").fill(safe)
    await form.get_by_label("Amount").fill("20")
    await form.get_by_role("button", name="Transfer funds").click()
    await expect(form).to_contain_text(re.compile("funds|balance", re.IGNORECASE))
    await form.get_by_label("Amount").fill("2.50")
    await form.get_by_role("button", name="Transfer funds").click()
    await expect(view.field("From account").get_by_role("link")).to_have_text("Till")
    await expect(view.field("To account").get_by_role("link")).to_have_text("Safe")
