"""Passkeys, in a real browser with a virtual authenticator."""

import pytest
from playwright.async_api import CDPSession, Locator, expect

from tests.console.conftest import NewWriter
from tests.console.page import BROWSER_TEST, ConsolePage
from tests.console.test_console_second_factor import (
    CREATE_KEY,
    forget_confirmations,
    register_owner,
    slug,
    verify_emails,
)

__all__ = ["slug"]  # a fixture

pytestmark = [*BROWSER_TEST, pytest.mark.only("sqlite")]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


NO_AUTOFILL = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
RECORD_AUTOFILL = """
const get = navigator.credentials.get.bind(navigator.credentials);
const counts = [0, 0]; // requests that were begun, and that were ended
const count = index => { counts[index] += 1; document.documentElement.dataset.autofill = counts.join(' '); };
navigator.credentials.get = options => {
  if (options.mediation === 'conditional') {
    count(0);
    options.signal.addEventListener('abort', () => count(1));
  }
  return get(options);
};
"""


async def add_authenticator(console: ConsolePage) -> tuple[CDPSession, str]:
    """Give the browser an authenticator, whose person is present; return its session and id."""
    session = await console.page.context.new_cdp_session(console.page)
    await session.send("WebAuthn.enable")
    added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session, added["authenticatorId"]


async def sign_in_with_passkey(console: ConsolePage) -> None:
    await console.bar.get_by_role("button", name="Sign in").click()
    await console.dialog.get_by_role("button", name="Sign in with a passkey").click()


def passkey_item(console: ConsolePage, name: str) -> Locator:
    return console.page.get_by_role("listitem", name=name)


async def test_passkey_is_added_used_and_removed(
    console: ConsolePage, demo_server: str, demo_database: str, new_writer: NewWriter, slug: str
) -> None:
    owner = await register_owner(demo_server, new_writer, slug)
    await owner.client.aclose()
    verify_emails(demo_database)
    await console.page.add_init_script(NO_AUTOFILL)
    await console.open()
    session, authenticator = await add_authenticator(console)
    user, page = console.bar.get_by_test_id("user"), console.page

    # Add and rename it, after a confirmation with the password.
    await console.sign_in(f"{slug}@demo.test")
    forget_confirmations(demo_database)
    await console.bar.get_by_role("link", name="Account").click()
    await page.get_by_label("Name of a new passkey").fill("Laptop")
    await page.get_by_role("button", name="Add a passkey").click()
    confirmation = page.get_by_role("dialog", name="Confirm who you are")
    await expect(confirmation.get_by_role("button", name="Confirm with a passkey")).to_have_count(0)
    await confirmation.get_by_label("Password").fill("Allotment-demo-1!")
    await confirmation.get_by_role("button", name="Confirm").click()
    await expect(passkey_item(console, "Laptop")).to_contain_text("never used")
    assert await console.find_axe_violations("main") == []
    await passkey_item(console, "Laptop").get_by_role("button", name="Rename").click()
    await page.get_by_label("New name").fill("Phone")
    await page.get_by_role("button", name="Save").click()
    await expect(passkey_item(console, "Phone")).to_be_visible()
    (stored,) = (await session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator}))["credentials"]
    assert (stored["rpId"], stored["isResidentCredential"]) == ("localhost", True)

    # Sign in with it, and confirm the identity with it.
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(user).to_have_count(0)
    await session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    await sign_in_with_passkey(console)
    await expect(console.dialog.get_by_role("alert").filter(has_text="No passkey was used")).to_be_visible()
    assert await console.find_axe_violations("dialog") == []
    await session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    await console.dialog.get_by_role("button", name="Sign in with a passkey").click()
    await expect(user).to_contain_text("Fay Factor")
    await page.reload()
    await expect(user).to_contain_text("Fay Factor")
    await console.bar.get_by_role("link", name="Query").click()
    forget_confirmations(demo_database)
    await console.write(CREATE_KEY)
    await console.run_button.click()
    await confirmation.get_by_role("button", name="Confirm with a passkey").click()
    await expect(console.result).to_contain_text("Robot")

    # Remove it; the authenticator still has it.
    await console.bar.get_by_role("link", name="Account").click()
    await passkey_item(console, "Phone").get_by_role("button", name="Remove").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_text("You have no passkeys.")).to_be_visible()
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(user).to_have_count(0)
    await sign_in_with_passkey(console)
    await expect(console.dialog.get_by_role("alert").filter(has_text="was removed")).to_be_visible()


async def test_passkey_is_offered_in_the_autofill_while_nothing_else_signs_in(
    console: ConsolePage, demo_server: str, demo_database: str, new_writer: NewWriter, slug: str
) -> None:
    owner = await register_owner(demo_server, new_writer, slug)
    await owner.client.aclose()
    verify_emails(demo_database)
    page, dialog, user = console.page, console.dialog, console.bar.get_by_test_id("user")
    await page.add_init_script(RECORD_AUTOFILL)
    await console.open()
    session, id = await add_authenticator(console)
    presence = {"authenticatorId": id, "enabled": False}
    await console.sign_in(f"{slug}@demo.test")
    await console.bar.get_by_role("link", name="Account").click()
    await page.get_by_label("Name of a new passkey").fill("Laptop")
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(passkey_item(console, "Laptop")).to_be_visible()
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(console.bar.get_by_role("button", name="Sign in")).to_be_visible()
    await page.reload()

    await session.send("WebAuthn.setAutomaticPresenceSimulation", presence)
    await console.bar.get_by_role("button", name="Sign in").click()
    await expect(page.locator("html")).to_have_attribute("data-autofill", "1 0")
    await dialog.get_by_label("Email address").fill(f"{slug}@demo.test")
    await dialog.get_by_label("Password").fill("Wrong-horse-1!")
    await dialog.get_by_role("button", name="Sign in", exact=True).click()
    await expect(dialog.get_by_role("alert").filter(has_text="password is wrong")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("data-autofill", "2 1")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(page.locator("html")).to_have_attribute("data-autofill", "2 2")

    await session.send("WebAuthn.setAutomaticPresenceSimulation", presence | {"enabled": True})
    await console.bar.get_by_role("button", name="Sign in").click()  # the person chooses the passkey
    await expect(user).to_contain_text("Fay Factor")
    await expect(dialog).to_have_count(0)
