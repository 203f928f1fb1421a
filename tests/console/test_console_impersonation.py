"""Superusers act as other users, in a real browser with a running server."""

from playwright.async_api import Locator, expect

from tests.console.page import BROWSER_TEST, DEMO_PASSWORD, ConsolePage
from tests.console.test_console_second_factor import forget_confirmations

pytestmark = BROWSER_TEST

SUPERUSER, REASON = "superuser@demo.test", "Ticket 4711"
WHO = "query Who { viewer { email impersonation { reason impersonatorName } } }"


async def begin(console: ConsolePage, email: str, tenant: str = "") -> Locator:
    """Fill the form and send it; return its dialog."""
    await console.bar.get_by_role("button", name="Act as…").click()
    dialog = console.page.get_by_role("dialog", name="Act as another user")
    await dialog.get_by_label("Email address of the user").fill(email)
    await dialog.get_by_label("Tenant (slug)").fill(tenant)
    await dialog.get_by_label("Reason").fill(REASON)
    await dialog.get_by_role("button", name="Act as the user").click()
    return dialog


async def test_superuser_acts_as_a_user_and_ends_it(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in(SUPERUSER)
    dialog = await begin(console, "unknown@demo.test")
    await expect(dialog.get_by_role("alert")).to_have_text("There is no user with this email address.")
    assert await console.find_axe_violations("dialog") == []
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(await begin(console, "member@demo.test")).to_be_hidden()

    await expect(console.bar.get_by_test_id("user")).to_contain_text("as Mia Member")
    notice = console.bar.get_by_test_id("impersonation")
    await expect(notice).to_contain_text("by Sue Superuser, ends at")
    await expect(console.bar.get_by_role("button", name="Act as…")).to_have_count(0)
    assert await console.find_axe_violations("header") == []
    await console.write(WHO)
    viewer = (await console.run())["data"]["viewer"]
    impersonation = {"reason": REASON, "impersonatorName": "Sue Superuser"}
    assert viewer == {"email": "member@demo.test", "impersonation": impersonation}
    assert "Bearer" not in await console.read_storage()

    await notice.get_by_role("button", name="End").click()
    await expect(notice).to_have_count(0)
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Sue Superuser")
    assert (await console.run())["data"]["viewer"] == {"email": SUPERUSER, "impersonation": None}


async def test_other_users_cannot_begin_one(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in("owner@demo.test")
    await expect(console.bar.get_by_role("button", name="Act as…")).to_have_count(0)


async def test_identity_is_confirmed_before(console: ConsolePage, demo_database: str) -> None:
    await console.open()
    await console.sign_in(SUPERUSER)
    forget_confirmations(demo_database)
    await begin(console, "member@demo.test")
    dialog = console.page.get_by_role("dialog", name="Confirm who you are")
    await dialog.get_by_label("Password").fill(DEMO_PASSWORD)
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(console.bar.get_by_test_id("impersonation")).to_be_visible()
    await console.page.reload()
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Sue Superuser")
    await expect(console.bar.get_by_test_id("impersonation")).to_have_count(0)
