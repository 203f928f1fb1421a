"""The front end of examples/web, built, in a real browser; its server executes only registered documents."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from jose import jwk, jwt
from playwright.async_api import Browser, Route, ViewportSize, expect

from tests.console.writer import CREATE_TASK, LOGIN, UPDATE_TASK, Writer
from tests.examples.front_end import check_and_build, serve_front_end
from tests.examples.front_end_page import FrontEndPage
from tests.support.browser import TIMEOUT_MS
from tests.support.second_factor_rows import code_of
from tests.support.second_factors import CONFIRM, START
from tests.support.server_process import SECRET_KEY

PROJECT = "{ projects(orderBy: [{field: NAME}], first: 1) { nodes { id } } }"
ORDERS = "{ orders { totalCount nodes { number } } }"
STOCK = '{ products(where: {name: {eq: "Cold frame"}}) { nodes { stock } } }'
DOCUMENTS = [LOGIN, CREATE_TASK, UPDATE_TASK, START, CONFIRM, PROJECT, ORDERS, STOCK]
PHONE: ViewportSize = {"width": 360, "height": 800}

pytestmark = pytest.mark.slow
in_browser = pytest.mark.asyncio(loop_scope="session")  # the loop of the browser


@pytest.fixture(scope="module")
def urls(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URLs of the built front end and of its server."""
    check_and_build()
    with serve_front_end(tmp_path_factory.mktemp("front-end"), DOCUMENTS) as urls:
        yield urls


@pytest_asyncio.fixture(loop_scope="session")
async def front_end(browser: Browser, urls: tuple[str, str]) -> AsyncIterator[FrontEndPage]:
    """The front end in a window of the size of a phone; the test fails on errors of its scripts."""
    context = await browser.new_context(viewport=PHONE)
    context.set_default_timeout(TIMEOUT_MS)
    front_end = FrontEndPage(await context.new_page(), urls[0])
    await front_end.open()
    yield front_end
    await context.close()
    assert front_end.errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def other_client(urls: tuple[str, str]) -> AsyncIterator[Writer]:
    """An admin who works in the same tenant at the same time."""
    writer = await Writer.sign_in(urls[1], "admin@demo.test")
    yield writer
    await writer.client.aclose()


@in_browser
async def test_all_pages_in_one_session(front_end: FrontEndPage, other_client: Writer) -> None:
    await sign_in_after_a_typing_error(front_end)
    await move_cards(front_end, other_client)
    await decide_about_a_conflict(front_end, other_client)
    await reconnect_with_a_new_token(front_end, other_client)
    await order_once(front_end, other_client)
    await search(front_end)
    await continue_after_the_token_has_expired(front_end)
    await sign_out(front_end)


async def sign_in_after_a_typing_error(front_end: FrontEndPage) -> None:
    await front_end.sign_in("admin@demo.test", "wrong")
    await expect(front_end.page.get_by_role("alert")).to_have_text("The email address or the password is wrong.")
    assert await front_end.find_defects() == []
    await front_end.sign_in("admin@demo.test")
    await expect(front_end.page.get_by_role("heading", level=1)).to_have_text("Board")


async def add_task(front_end: FrontEndPage, other_client: Writer, title: str) -> str:
    """Let the other client add a task to the open project; return its id when the board shows it."""
    (project,) = (await other_client.execute(PROJECT))["projects"]["nodes"]
    task_id = await other_client.create_task(title=title, projectId=project["id"])
    await expect(front_end.card("To do", title)).to_be_visible()  # a live change
    return task_id


async def move_cards(front_end: FrontEndPage, other_client: Writer) -> None:
    """A card moves before the server answers. A move that the server refuses is taken back."""
    task_id = await add_task(front_end, other_client, "Water the beans")
    assert await front_end.find_defects() == []
    await front_end.page.get_by_label("New task").fill("Oil the gate")
    await front_end.button("Add").click()
    await expect(front_end.card("To do", "Oil the gate")).to_be_visible()

    async def look_and_continue(route: Route) -> None:
        await expect(front_end.card("In progress", "Water the beans")).to_have_attribute("aria-busy", "true")
        await route.continue_()

    await front_end.intercept("updateTask", look_and_continue)
    await front_end.card("To do", "Water the beans").get_by_role("button", name="In progress").click()
    await expect(front_end.card("In progress", "Water the beans")).not_to_have_attribute("aria-busy", "true")
    await other_client.update_task(task_id, status="DONE")
    await expect(front_end.card("Done", "Water the beans")).to_be_visible()

    async def refuse(route: Route) -> None:
        error = {"message": "Not now.", "extensions": {"code": "FORBIDDEN"}}
        await route.fulfill(json={"data": {"updateTask": None}, "errors": [error]})

    await front_end.intercept("updateTask", refuse)
    await front_end.page.set_viewport_size({"width": 1280, "height": 2000})
    await front_end.card("Done", "Water the beans").drag_to(
        front_end.column("To do").get_by_role("heading", name="To do")
    )
    await front_end.page.set_viewport_size(PHONE)
    await expect(front_end.card("Done", "Water the beans").get_by_role("alert")).to_contain_text("Not now.")


async def decide_about_a_conflict(front_end: FrontEndPage, other_client: Writer) -> None:
    """Another client changes the card after the user has moved it, and before the server gets that."""
    task_id = await add_task(front_end, other_client, "Sharpen the scythe")
    card = front_end.card("Done", "Sharpen the scythe")

    async def overtake(route: Route) -> None:
        await other_client.update_task(task_id, status="DONE")
        await route.continue_()

    await front_end.intercept("updateTask", overtake)
    await front_end.card("To do", "Sharpen the scythe").get_by_role("button", name="In progress").click()
    await expect(card.get_by_role("alert")).to_contain_text("Another user has changed this in the meantime.")
    await expect(card.get_by_role("alert")).to_contain_text("It is in “Done” now.")
    assert await front_end.find_defects() == []
    await card.get_by_role("button", name="Move to “In progress”").click()
    moved = front_end.card("In progress", "Sharpen the scythe")
    await expect(moved).to_be_visible()
    await expect(moved.get_by_role("alert")).not_to_be_visible()
    await expect(moved).not_to_have_attribute("aria-busy", "true")


async def reconnect_with_a_new_token(front_end: FrontEndPage, other_client: Writer) -> None:
    """The server closes the socket of the live query, as when its token has expired; later, changes show again."""
    notice = front_end.page.get_by_text("Connecting again")
    front_end.is_offline = True
    async with front_end.page.expect_request(lambda request: front_end.requests(request, "refreshSession")):
        await front_end.sockets[-1].close(code=4403, reason="Forbidden")
    await expect(notice).to_be_visible()
    front_end.is_offline = False
    await add_task(front_end, other_client, "Turn the compost")
    await expect(notice).not_to_be_visible()


async def order_once(front_end: FrontEndPage, other_client: Writer) -> None:
    """Too much is out of stock. An order whose responses are lost exists once, after the user has tried again."""
    before = (await other_client.execute(ORDERS))["orders"]["totalCount"]
    stock = (await other_client.execute(STOCK))["products"]["nodes"][0]["stock"]
    await front_end.show("Shop")
    await front_end.page.get_by_role("article", name="Cold frame").get_by_role("button").click()
    await front_end.page.get_by_label("Shipping address").fill("1 Orchard Lane")
    await front_end.page.get_by_role("spinbutton", name="Cold frame").fill("5000")
    await front_end.button("Place order").click()
    await expect(front_end.page.get_by_role("alert")).to_have_text(f"Only {stock} of Cold frame are left.")
    assert await front_end.find_defects() == []

    keys: list[str] = []

    async def lose_response(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        await route.fetch()
        await route.abort()

    await front_end.intercept("placeOrder", lose_response, times=3)  # all attempts of the client
    await front_end.page.get_by_role("spinbutton", name="Cold frame").fill("2")
    await front_end.button("Place order").click()
    await expect(front_end.page.get_by_text("does not order twice")).to_be_visible()
    await expect(front_end.page.get_by_role("spinbutton", name="Cold frame")).to_be_disabled()
    assert len(set(keys)) == 1
    await front_end.button("Try again").click()
    orders = (await other_client.execute(ORDERS))["orders"]
    await expect(front_end.page.get_by_role("status")).to_contain_text(
        f"Order {orders['nodes'][0]['number']} was placed."
    )
    assert orders["totalCount"] == before + 1
    await expect(front_end.page.get_by_role("article", name="Cold frame")).to_contain_text(f"{stock - 2} in stock")


async def search(front_end: FrontEndPage) -> None:
    """Matching words are marked."""
    await front_end.show("Search")
    await front_end.page.get_by_label("Search in articles").fill("compost")
    await front_end.button("Search").click()
    article = front_end.page.get_by_role("article", name="Compost for beginners")
    await expect(article.locator("mark").first).to_have_text("Compost")
    await expect(front_end.page.get_by_role("status")).to_contain_text("results")
    assert await front_end.find_defects() == []


async def continue_after_the_token_has_expired(front_end: FrontEndPage) -> None:
    """The audit is requested with an expired token; the user sees only its entries."""
    await front_end.intercept("auditLog", send_expired_token)
    async with front_end.page.expect_request(lambda request: front_end.requests(request, "refreshSession")):
        await front_end.show("Audit")
    entry = front_end.page.get_by_role("article").filter(has_text="Task updated").first
    await expect(entry).to_contain_text("DONE → IN_PROGRESS")
    await front_end.button("Show more").click()
    await expect(front_end.page.get_by_role("article")).to_have_count(40)
    assert await front_end.find_defects() == []


async def send_expired_token(route: Route) -> None:
    """Pass a request to the server as if it had been sent an hour later."""
    token = route.request.headers["authorization"].removeprefix("Bearer ")
    response = await route.fetch(headers=route.request.headers | {"authorization": f"Bearer {as_expired(token)}"})
    assert (await response.json())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await route.fulfill(response=response)


def as_expired(token: str) -> str:
    """Return the token as if it had been issued an hour earlier."""
    claims: dict[str, Any] = jwt.get_unverified_claims(token)
    assert claims["exp"] > time.time()
    claims |= {name: claims[name] - 3600 for name in ("iat", "nbf", "exp") if name in claims}
    return str(jwt.encode(claims, jwk.construct(SECRET_KEY, "HS256"), headers=jwt.get_unverified_header(token)))


async def sign_out(front_end: FrontEndPage) -> None:
    """The session survives a reload, and ends when the user signs out."""
    await front_end.page.reload()
    await expect(front_end.page.get_by_role("heading", level=1)).to_have_text("Audit")
    await front_end.sign_out()
    await front_end.page.reload()
    await expect(front_end.button("Sign in")).to_be_visible()


@in_browser
async def test_second_factor_is_asked_for_and_a_session_that_ends_leads_to_the_form(
    front_end: FrontEndPage, urls: tuple[str, str]
) -> None:
    user = await Writer.sign_in(urls[1], "member@demo.test")
    started = await user.execute(START, input={"currentPassword": "Allotment-demo-1!"})
    secret = started["startTwoFactor"]["secret"]
    confirmed = await user.execute(CONFIRM, input={"code": code_of(secret)})
    recovery_code = confirmed["confirmTwoFactor"]["recoveryCodes"][0]
    await user.client.aclose()

    await front_end.sign_in("member@demo.test")
    code = front_end.page.get_by_label("Code of your authenticator app")
    await expect(front_end.page.get_by_role("alert")).to_contain_text("Please enter a code")
    await code.fill("000000")
    await front_end.button("Sign in").click()
    await expect(front_end.page.get_by_role("alert")).to_contain_text("This code is wrong")
    await code.fill(recovery_code)
    await front_end.button("Sign in").click()
    await expect(front_end.page.get_by_role("heading", level=1)).to_have_text("Board")
    await expect(front_end.page.get_by_role("link", name="Audit")).not_to_be_visible()

    await front_end.page.context.clear_cookies()  # the session cannot be refreshed
    await front_end.intercept("products", send_expired_token)
    await front_end.page.get_by_role("link", name="Shop").click()
    await expect(front_end.button("Sign in")).to_be_visible()


@in_browser
async def test_tenant_is_chosen_and_the_server_may_be_unreachable(front_end: FrontEndPage) -> None:
    page = front_end.page
    await front_end.sign_in("superuser@demo.test")  # an admin in one tenant, and a member in the other
    await page.get_by_label("Tenant").select_option("demo")
    await expect(page.get_by_role("link", name="Audit")).to_be_visible()
    await page.get_by_label("Tenant").select_option("other")
    await expect(page.get_by_role("link", name="Audit")).not_to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Tenant")).to_have_value("other")

    await front_end.sign_out()
    await page.route("**/graphql", lambda route: route.abort())
    await front_end.sign_in("member@demo.test")
    await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
