"""Signing in and out, in a real browser with a running server and the demo data."""

import re

from playwright.async_api import Request, Route, expect

from tests.console.page import BROWSER_TEST, DEMO_PASSWORD, ConsolePage, sent_operation

pytestmark = BROWSER_TEST

OWNER = "owner@demo.test"
QUERY = "{ viewer { fullName } }"


async def expect_signed_out(console: ConsolePage) -> None:
    await expect(console.bar.get_by_role("button", name="Sign in")).to_be_visible()
    await expect(console.bar.get_by_role("button", name="Sign out")).not_to_be_visible()


def sent_queries(console: ConsolePage) -> list[str]:
    return [sent_operation(request).get("query", "") for request in console.watch.requests]


async def test_user_signs_in_reloads_and_signs_out(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in(OWNER)
    await expect(console.bar).to_contain_text("Olive Owner owner")
    stored = await console.read_storage()
    assert DEMO_PASSWORD not in stored
    assert not re.search(r"eyJ|letter_|allot_[A-Za-z0-9]{8}|refresh", stored)

    await console.open()  # the session continues by the cookie
    await expect(console.bar).to_contain_text("Olive Owner owner")
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect_signed_out(console)
    assert any("logout" in query for query in sent_queries(console))
    await console.open()
    await expect_signed_out(console)


async def test_wrong_password_is_reported_in_the_form(console: ConsolePage) -> None:
    await console.open()
    await console.bar.get_by_role("button", name="Sign in").click()
    await console.submit_sign_in(OWNER, "wrong")
    await expect(console.dialog.get_by_role("alert").first).to_contain_text(re.compile("password", re.IGNORECASE))
    await console.submit_sign_in(OWNER)
    await expect(console.bar).to_contain_text("Olive Owner")
    await expect(console.dialog).not_to_be_visible()


async def test_demo_user_signs_in_with_one_click(console: ConsolePage) -> None:
    await console.open()
    await console.page.get_by_role("group", name="Or sign in to the demo as").get_by_text("Mia Member").click()
    await expect(console.bar).to_contain_text("Mia Member member")
    await console.bar.get_by_label("Demo user").select_option(OWNER)
    await expect(console.bar).to_contain_text("Olive Owner owner")
    assert any("logout" in query for query in sent_queries(console))  # the first session has ended


async def test_refused_sign_out_is_reported(console: ConsolePage) -> None:
    async def refuse(route: Route, request: Request) -> None:
        if "logout" not in sent_operation(request).get("query", ""):
            return await route.fallback()
        error = {"message": "Try again later.", "extensions": {"code": "RATE_LIMITED"}}
        return await route.fulfill(json={"data": {"payload": None}, "errors": [error]})

    await console.open()
    await console.sign_in(OWNER)
    await console.page.route("**/graphql", refuse)
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect(console.bar.get_by_role("alert")).to_have_text("Try again later.")
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Olive Owner")
    await console.page.unroute("**/graphql")
    await console.bar.get_by_role("button", name="Sign out").click()
    await expect_signed_out(console)


async def test_former_session_ends_and_the_new_one_continues(console: ConsolePage) -> None:
    await console.open()
    await console.page.get_by_role("group", name="Or sign in to the demo as").get_by_text("Mia Member").click()
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Mia Member")
    signed_out = console.page.expect_response(lambda response: "logout" in (response.request.post_data or ""))
    async with signed_out as pending:
        await console.bar.get_by_label("Demo user").select_option(OWNER)
    assert (await (await pending.value).json())["data"]["payload"]["done"] is True
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Olive Owner")
    await console.open()  # by the cookie, which belongs to the new session
    await expect(console.bar.get_by_test_id("user")).to_contain_text("Olive Owner")


async def test_session_is_refreshed_before_the_token_expires(console: ConsolePage) -> None:
    await console.page.clock.install()
    await console.open()
    await console.sign_in(OWNER)
    async with console.page.expect_response(lambda response: "ConsoleRefresh" in (response.request.post_data or "")):
        await console.page.clock.fast_forward("14:30")
    await expect(console.bar).to_contain_text("Olive Owner")


async def test_refused_token_is_refreshed_and_the_operation_sent_again(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in(OWNER)
    tokens: list[str] = []

    async def invalidate_first(route: Route, request: Request) -> None:
        headers = dict(request.headers)
        if sent_operation(request).get("query") == QUERY:
            tokens.append(headers["authorization"])
            if len(tokens) == 1:
                headers["authorization"] = "Bearer invalid"
        await route.continue_(headers=headers)

    await console.page.route("**/graphql", invalidate_first)
    await console.write(QUERY)
    await console.run_button.click()
    await expect(console.result).to_contain_text("Olive Owner")
    assert len(tokens) == 2
    assert tokens[0] != tokens[1]


async def test_ended_session_offers_to_sign_in_and_then_runs(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in(OWNER)
    await console.page.context.clear_cookies()
    await console.page.clock.install()
    await console.page.clock.set_fixed_time("2040-01-01")  # the token has expired
    await console.write(QUERY)
    await console.run_button.click()
    await expect(console.dialog).to_contain_text("requires a signed-in user")
    await expect_signed_out(console)


async def test_tabs_follow_each_other(console: ConsolePage) -> None:
    await console.open()
    other = await console.open_tab()
    await console.sign_in(OWNER)
    await expect(other.bar).to_contain_text("Olive Owner")
    await other.bar.get_by_role("button", name="Sign out").click()
    await expect_signed_out(other)
    await expect_signed_out(console)


async def test_operations_act_in_the_selected_tenant(console: ConsolePage) -> None:
    await console.open()
    await console.sign_in("superuser@demo.test")
    await expect(console.bar).to_contain_text("admin, superuser")
    tenant = console.bar.get_by_label("Tenant")
    await expect(tenant.locator("option:checked")).to_have_text("Demo Gardens")
    await console.write("{ tenant { name } }")
    await console.run()
    await expect(console.result).to_contain_text("Demo Gardens")

    await tenant.select_option("Other Orchards")
    await expect(console.bar).to_contain_text("member, superuser")
    await console.run()
    await expect(console.result).to_contain_text("Other Orchards")
    await console.open()  # the choice survives a reload
    await expect(tenant.locator("option:checked")).to_have_text("Other Orchards")
