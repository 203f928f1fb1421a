"""Sign-in and confirmation with an issuer, in a real browser with a running server."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.console.page import BROWSER_TEST, ConsolePage, Watch
from tests.console.test_console_second_factor import CREATE_KEY, forget_confirmations
from tests.support.browser import TIMEOUT_MS
from tests.support.issuer_keys import CLIENT_ID
from tests.support.issuer_server import IssuerServer, open_issuer
from tests.support.server_process import ServerProcess
from tests.webhooks.receiver import Answer

pytestmark = [*BROWSER_TEST, pytest.mark.only("sqlite")]

NAME = "Example Ltd"
INVITE = 'mutation { inviteMember(input: {email: "guest@new.test", role: ADMIN}) { userErrors { code } } }'
CREATE_TENANT = 'mutation { createTenant(input: {name: "New", slug: "new"}) { tenant { slug } userErrors { code } } }'


@pytest_asyncio.fixture(loop_scope="session")
async def issuer() -> AsyncIterator[IssuerServer]:
    """An issuer that the browser can reach."""
    async with open_issuer() as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path, database_url: str, issuer: IssuerServer) -> Iterator[str]:
    """The URL of a server that lets people of the issuer register."""
    console = {"clientId": CLIENT_ID, "name": NAME}
    setting = issuer.setting(console=console, allowRegistration=True, requireHashedNonce=True)
    with ServerProcess(tmp_path, database_url, OIDC_ISSUERS=setting) as process:
        yield process.url


@pytest_asyncio.fixture(loop_scope="session")
async def console(browser: Browser, server: str, issuer: IssuerServer) -> AsyncIterator[ConsolePage]:
    """The console of this server."""
    context = await browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    watch = Watch(urlsplit(server).netloc, urlsplit(issuer.url).netloc)
    await watch.start(context)
    opened = ConsolePage(await context.new_page(), watch)
    yield opened
    await opened.close()
    watch.verify()


async def begin_sign_in(console: ConsolePage) -> None:
    """Leave the page for the issuer, which sends the browser back."""
    await console.bar.get_by_role("button", name="Sign in").click()
    await console.dialog.get_by_role("button", name=NAME).click()


async def abandon_sign_in(console: ConsolePage, issuer: IssuerServer) -> None:
    """Leave the page for the issuer, and then open the console instead of signing in."""
    issuer.answers["/authorize"] = Answer(200, b"Sign in")
    await console.page.get_by_role("button", name=NAME).click()
    await console.page.wait_for_url(f"{issuer.url}/**")
    await console.page.goto(f"http://{console.watch.host}/graphql")
    await expect(console.bar.get_by_role("button", name="Sign in")).to_be_visible()
    assert await console.page.evaluate("sessionStorage.getItem('allotment:authorization')") is None
    del issuer.answers["/authorize"]


async def create_own_tenant(console: ConsolePage) -> None:
    """Let the user of the issuer sign in, create a tenant, use it, and sign out."""
    await console.open()
    await begin_sign_in(console)
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Ada Beech")
    await console.write(CREATE_TENANT.replace("ew", "ext"))
    await console.run()
    await console.page.reload()
    await expect(console.bar.get_by_label("Tenant")).to_contain_text("Next")
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(console.bar.get_by_test_id("user")).to_have_count(0)


async def test_user_of_an_issuer_signs_in_and_confirms(
    console: ConsolePage, issuer: IssuerServer, database_url: str
) -> None:
    await console.open("/graphql?code=of-another&state=of-another#/query")
    answered = console.page.get_by_role("dialog", name="Sign-in with an issuer")
    await expect(answered.get_by_role("alert")).to_contain_text("not begun in this tab")
    assert console.page.url.endswith("/graphql#/query")
    await answered.get_by_role("button", name="Close").click()

    issuer.sign_in.denies = True
    await begin_sign_in(console)
    await expect(answered.get_by_role("alert")).to_contain_text("cancelled or denied")
    assert await console.find_axe_violations("dialog") == []
    assert console.page.url.endswith("/graphql#/query")
    await answered.get_by_role("button", name="Close").click()

    issuer.sign_in.denies = False
    issuer.answers["/token"] = Answer(503)
    console.watch.allow("/token")
    await begin_sign_in(console)
    await expect(answered.get_by_role("alert")).to_contain_text(f"{NAME} cannot be reached")
    await answered.get_by_role("button", name="Close").click()

    del issuer.answers["/token"]
    await begin_sign_in(console)
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Ada Beech")
    await expect(answered).to_have_count(0)
    assert not re.search("code=|eyJ|nonce", await console.read_storage())
    await console.page.reload()
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Ada Beech")

    await console.write(CREATE_TENANT)
    await console.run()
    forget_confirmations(database_url)
    await console.write(CREATE_KEY)
    await console.run_button.click()
    confirmation = console.page.get_by_role("dialog", name="Confirm who you are")
    await confirmation.get_by_role("button", name=NAME).click()
    await expect(answered.get_by_role("status")).to_contain_text("You have confirmed who you are")
    await answered.get_by_role("button", name="Close").click()
    await console.write(CREATE_KEY)
    await console.run_button.click()
    await expect(console.result).to_contain_text("Robot")


async def test_invitation_is_accepted_with_an_issuer(console: ConsolePage, issuer: IssuerServer) -> None:
    await console.open()
    await begin_sign_in(console)
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Ada Beech")
    for operation in (CREATE_TENANT, INVITE):
        await console.write(operation)
        await console.run()
    await console.page.goto(f"http://{console.watch.host}/graphql#/inbox")
    email = console.page.locator(".inbox article").filter(has_text="To guest@new.test")
    link = await email.get_by_role("link").get_attribute("href")
    assert link
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(console.bar.get_by_test_id("user")).to_have_count(0)

    issuer.sign_in.subject, issuer.sign_in.email = "subject-2", "guest@new.test"
    await create_own_tenant(console)
    await console.page.goto(link)
    assert await console.find_axe_violations() == []
    await abandon_sign_in(console, issuer)
    await console.page.goto(link)
    await console.page.get_by_role("button", name=NAME).click()
    await expect(console.bar.get_by_test_id("user")).to_contain_text("admin")
    await expect(console.bar.get_by_label("Tenant")).to_contain_text("New")
    assert "invite_" not in await console.read_storage()
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(console.bar.get_by_test_id("user")).to_have_count(0)

    await console.page.goto(link)  # it was accepted: no sign-in accepts it again
    await console.page.get_by_role("button", name=NAME).click()
    answered = console.page.get_by_role("dialog", name="Sign-in with an issuer")
    await expect(answered.get_by_role("alert")).to_contain_text("was already used")
    await console.page.goto(f"http://{console.watch.host}/verify-email")
    await console.page.get_by_role("button", name=NAME).click()
    await expect(console.page.get_by_role("button", name="Send another email to guest@new.test")).to_be_visible()
