"""The second factor and the confirmation of identity, in a real browser with a running server."""

import re
import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest
from playwright.async_api import Locator, expect

from tests.console.conftest import NewWriter
from tests.console.data_view import DataView
from tests.console.page import BROWSER_TEST, DEMO_PASSWORD, ConsolePage
from tests.console.writer import Writer
from tests.support.second_factor_rows import code_of
from tests.support.second_factors import CONFIRM, START

pytestmark = BROWSER_TEST

REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { userErrors { code } } }"
CREATE_TENANT = "mutation ($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { code } } }"
CREATE_KEY = 'mutation { createApiKey(input: {name: "Robot"}) { apiKey { name } userErrors { code } } }'


@pytest.fixture
def slug() -> str:
    """The slug of a tenant that does not exist yet."""
    return f"factor-{uuid4().hex[:8]}"


async def register_owner(url: str, new_writer: NewWriter, slug: str) -> Writer:
    """Register a user, who creates a tenant; other tests use the users of the demo."""
    email = f"{slug}@demo.test"
    anyone = await new_writer("member@demo.test")
    registered = await anyone.execute(
        REGISTER, input={"fullName": "Fay Factor", "email": email, "password": DEMO_PASSWORD}
    )
    assert registered["register"]["userErrors"] == []
    owner = await Writer.sign_in(url, email, slug)
    del owner.client.headers["X-Tenant"]
    created = await owner.execute(CREATE_TENANT, input={"name": "Factor", "slug": slug})
    assert created["createTenant"]["userErrors"] == []
    return owner


def verify_emails(database_url: str) -> None:
    """Let the email addresses of all users be verified."""
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=30)) as database, database:
        database.execute('UPDATE "user" SET email_verified_at = created_at')


async def enable_second_factor(owner: Writer, database_url: str) -> tuple[str, list[str]]:
    """Enable the second factor; return its secret and the recovery codes."""
    verify_emails(database_url)
    started = (await owner.execute(START, input={"currentPassword": DEMO_PASSWORD}))["startTwoFactor"]
    secret: str = started["secret"]
    confirmed = (await owner.execute(CONFIRM, input={"code": code_of(secret)}))["confirmTwoFactor"]
    assert confirmed["userErrors"] == []
    return secret, confirmed["recoveryCodes"]


def forget_confirmations(database_url: str) -> None:
    """Let all sessions be unconfirmed, as ten minutes later."""
    with sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=30) as database:
        database.execute("UPDATE session SET confirmed_at = NULL")
    database.close()


def code_field(dialog: Locator) -> Locator:
    return dialog.get_by_label("Code", exact=True)


async def test_sign_in_asks_for_the_code(
    console: ConsolePage, demo_server: str, demo_database: str, new_writer: NewWriter, slug: str
) -> None:
    owner = await register_owner(demo_server, new_writer, slug)
    secret, _ = await enable_second_factor(owner, demo_database)
    await owner.client.aclose()
    await console.open()
    await console.bar.get_by_role("button", name="Sign in").click()
    await expect(code_field(console.dialog)).to_have_count(0)
    await console.submit_sign_in(f"{slug}@demo.test")

    field, submit = code_field(console.dialog), console.dialog.get_by_role("button", name="Sign in", exact=True)
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    assert await console.find_axe_violations("dialog") == []
    await field.fill("000000")
    await submit.click()
    await expect(field).to_have_accessible_description(re.compile("The code is wrong"))
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    await field.fill(code_of(secret, 1))
    await submit.click()
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Fay Factor")
    assert secret not in await console.read_storage()


async def test_dangerous_operation_runs_after_a_confirmation(
    console: ConsolePage, demo_server: str, demo_database: str, new_writer: NewWriter, slug: str
) -> None:
    owner = await register_owner(demo_server, new_writer, slug)
    await console.open()
    await console.sign_in(f"{slug}@demo.test")
    dialog = console.page.get_by_role("dialog", name="Confirm who you are")
    confirm = dialog.get_by_role("button", name="Confirm")

    verify_emails(demo_database)
    forget_confirmations(demo_database)
    await console.write(CREATE_KEY)
    await console.run_button.click()
    await dialog.get_by_label("Password").fill("wrong")
    await confirm.click()
    await expect(dialog.get_by_role("alert")).to_have_text("The password is wrong.")
    await dialog.get_by_label("Password").fill(DEMO_PASSWORD)
    await confirm.click()
    await expect(console.result).to_contain_text("Robot")
    await expect(dialog).to_have_count(0)

    _, recovery_codes = await enable_second_factor(owner, demo_database)
    await owner.client.aclose()
    forget_confirmations(demo_database)
    view = DataView(console)
    await view.go_to("/apiKeys")
    await view.press("Create API key")
    form = view.main.get_by_role("form", name="Create API key")
    await form.get_by_label("Name (required)").fill("A service")
    await form.get_by_role("button", name="Create API key").click()
    await expect(code_field(dialog)).to_be_focused()
    await code_field(dialog).fill(recovery_codes[0].upper())
    await confirm.click()
    await expect(view.main.locator(".panel dd code")).to_contain_text("allot_")
    assert recovery_codes[0] not in (await console.read_storage()).lower()
