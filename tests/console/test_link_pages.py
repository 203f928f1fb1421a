"""The pages that links in emails open, and the inbox of a development server with these links."""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.console.conftest import NewConsole, NewWriter
from tests.console.page import BROWSER_TEST, ConsolePage

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
PASSWORD, NEW_PASSWORD = "Quiet-Harbour-7!", "Sturdy-Lantern-9!"
HOSTILE = "<img src=x onerror=alert(1)> javascript:alert(1) http://evil.test/x"
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { user { id } userErrors { code message } } }"
INVITE = "mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { userErrors { code message } } }"


@pytest.fixture
def address() -> str:
    """An address that no user has yet."""
    return f"guest-{uuid4().hex[:12]}@example.com"


async def register(url: str, address: str, name: str = "Gwen Guest") -> None:
    """Create an account, which sends an email to verify the address."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        variables = {"input": {"email": address, "fullName": name, "password": PASSWORD}}
        response = await client.post("/graphql", json={"query": REGISTER, "variables": variables})
        assert response.json()["data"]["register"]["userErrors"] == []


async def open_email(page: Page, address: str) -> Page:
    """Open the link of the newest email to the address, in the inbox that the page shows."""
    email = page.locator(".inbox article").filter(has_text=f"To {address}").first
    await expect(email).to_be_visible()
    async with page.context.expect_page() as pending:
        await email.get_by_role("link").click()
    opened = await pending.value
    await expect(opened.get_by_role("heading", level=1)).to_be_visible()
    assert "token" not in opened.url  # removed from the address at once
    return opened


async def find_link(console: ConsolePage, address: str) -> str:
    """Return the link of the newest email to the address."""
    await console.open("/graphql#/inbox")
    email = console.page.locator(".inbox article").filter(has_text=f"To {address}").first
    link = await email.get_by_role("link").get_attribute("href")
    assert link
    return link


async def test_forgotten_password_is_reset(console: ConsolePage, demo_server: str, address: str) -> None:
    await register(demo_server, address)
    page = console.page
    await console.open()
    await console.bar.get_by_role("button", name="Sign in", exact=True).click()
    await console.dialog.get_by_role("link", name="Forgot your password?").click()
    await page.get_by_label("Email address").fill(address)
    await page.get_by_role("button", name="Send the link").click()
    await page.get_by_role("link", name="open its inbox").click()
    await expect(page.get_by_role("heading", name="Reset your password")).to_be_visible()
    reset = await open_email(page, address)
    assert await ConsolePage(reset, console.watch).find_axe_violations() == []
    await reset.get_by_label("New password").fill("short")
    await reset.get_by_role("button", name="Set the password").click()
    await expect(reset.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    await expect(reset.get_by_role("alert").filter(has_text="characters")).to_be_visible()
    await reset.get_by_label("New password").fill(NEW_PASSWORD)
    await reset.get_by_role("button", name="Set the password").click()
    await reset.get_by_label("Email address").fill(address)
    await reset.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    await reset.get_by_role("button", name="Sign in", exact=True).click()
    await expect(reset.get_by_role("banner")).to_contain_text("Gwen Guest")
    assert not re.search("letter_|" + NEW_PASSWORD, await ConsolePage(reset, console.watch).read_storage())


async def sign_in(page: Page, address: str, password: str) -> None:
    """Sign in with the form of a page."""
    await page.get_by_label("Email address").fill(address)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_address_is_confirmed_by_its_own_user_only(console: ConsolePage, demo_server: str, address: str) -> None:
    await register(demo_server, address)
    page = console.page
    await page.goto(await find_link(console, address))
    await expect(page.get_by_text("someone else has entered your address")).to_be_visible()
    await expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    assert await console.find_axe_violations() == []
    await sign_in(page, "owner@other.test", "Allotment-demo-1!")
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("alert").first).to_contain_text("for another account")
    await page.get_by_role("button", name="Use another account").click()
    await sign_in(page, address, PASSWORD)
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text(f"{address} is confirmed.")).to_be_visible()


async def test_used_link_offers_another_one(console: ConsolePage, demo_server: str, address: str) -> None:
    await register(demo_server, address)
    link = await find_link(console, address)
    page = console.page
    await page.goto(link)
    await sign_in(page, address, PASSWORD)
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text(f"{address} is confirmed.")).to_be_visible()
    await page.goto("about:blank")
    await page.goto(link)
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("alert").first).to_contain_text("already been used")
    await page.get_by_role("button", name=f"Send another email to {address}").click()
    await expect(page.get_by_text(f"{address} is confirmed already.")).to_be_visible()

    await page.goto(f"{demo_server}/reset-password#token=letter_unknown")
    await page.get_by_label("New password").fill(NEW_PASSWORD)
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("alert").first).to_contain_text("Request another one")
    await expect(page.get_by_role("button", name="Send the link")).to_be_visible()


async def test_invitation_is_accepted_with_a_new_account(
    new_console: NewConsole, new_writer: NewWriter, address: str
) -> None:
    console = await new_console(viewport={"width": 360, "height": 740})
    owner = await new_writer(OWNER)
    invited = await owner.execute(INVITE, input={"email": address, "role": "ADMIN"})
    assert invited["inviteMember"]["userErrors"] == []
    await console.open("/graphql#/inbox")
    guest = await open_email(console.page, address)
    await guest.get_by_role("button", name="I have no account yet").click()
    assert await guest.evaluate("document.documentElement.scrollWidth") <= 360
    assert await ConsolePage(guest, console.watch).find_axe_violations() == []
    await guest.get_by_label("Name").fill("Gwen Guest")
    await guest.get_by_label("Email address").fill(address)
    await guest.get_by_label("Password", exact=True).fill(PASSWORD)
    await guest.get_by_role("button", name="Create the account").click()
    await guest.get_by_role("button", name="Accept").click()
    await expect(guest.get_by_role("banner")).to_contain_text("Gwen Guest admin")
    await expect(guest.get_by_label("Tenant")).to_contain_text("Demo Gardens")


async def test_invitation_of_someone_else_is_refused(console: ConsolePage, new_writer: NewWriter, address: str) -> None:
    owner = await new_writer(OWNER)
    await owner.execute(INVITE, input={"email": address})
    link = await find_link(console, address)
    page = console.page
    await page.goto(link)
    await page.get_by_label("Email address").fill("owner@other.test")
    await page.get_by_label("Password", exact=True).fill("Allotment-demo-1!")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("alert").first).to_contain_text("another address than owner@other.test")
    await page.get_by_role("button", name="Use another account").click()
    await expect(page.get_by_role("button", name="I have no account yet")).to_be_visible()


async def test_inbox_shows_text_only_and_new_emails_appear(
    console: ConsolePage, demo_server: str, address: str
) -> None:
    await console.open("/graphql#/inbox")
    await expect(console.page.get_by_role("heading", name="Inbox")).to_be_visible()
    await register(demo_server, address, HOSTILE)
    email = console.page.locator(".inbox article").filter(has_text=f"To {address}")
    await expect(email).to_contain_text("onerror=alert(1)")  # without a reload
    assert await email.locator("img").count() == 0
    links = await email.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert all(link.startswith("http") for link in links)
    assert await console.find_axe_violations() == []
