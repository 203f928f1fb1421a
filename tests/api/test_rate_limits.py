"""Rate limits of authentication and email operations, per email and per IP address."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import Throttle
from models.membership import Role
from models.relations import table_of
from services.people import secrets
from services.people.rate_limit import RateLimit
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse

EMAIL = "member@here.test"
WRONG_PASSWORD = "Wrong-horse-1!"
REGISTRATION = {"fullName": "Ada Beech", "password": "Blue-spade-7!"}


def client_from_address(app: FastAPI, address: str) -> Client:
    """Return a client with this IP address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1234))
    return Client(httpx.AsyncClient(transport=transport, base_url="http://allotment.test"))


async def login(client: Client, email: str = EMAIL, password: str = WRONG_PASSWORD) -> GraphQLResponse:
    return await client(documents.LOGIN, input={"email": email, "password": password})


async def attempt_until_limited(attempt: Any) -> tuple[int, GraphQLResponse]:
    """Return the number of attempts before the first error, and the response with the error."""
    for number in range(200):
        response = await attempt(number)
        if response.error_codes:
            return number, response
    raise AssertionError("there is no limit")


@pytest.mark.parametrize("email", [EMAIL, "unknown@here.test"])
async def test_failed_logins_are_limited_for_known_and_unknown_emails(
    app_fixture: AppFixture, app: FastAPI, email: str
) -> None:
    number, response = await attempt_until_limited(lambda n: login(client_from_address(app, f"192.0.2.{n}"), email))
    assert (number, response.error_codes, response.body["data"]) == (20, ["RATE_LIMITED"], {"login": None})
    (error,) = response.body["errors"]
    assert 0 < error["extensions"]["retryAfter"] <= 60
    assert str(error["extensions"]["retryAfter"]) in error["message"]
    same_email = await login(client_from_address(app, "198.51.100.1"), f" {email.upper()} ")
    assert same_email.error_codes == ["RATE_LIMITED"]
    assert (await login(client_from_address(app, "198.51.100.1"), "owner@here.test", PASSWORD)).payload("login")


async def test_rate_limited_login_succeeds_after_waiting(app_fixture: AppFixture, app: FastAPI) -> None:
    await attempt_until_limited(lambda n: login(client_from_address(app, f"192.0.2.{n}")))
    assert (await login(app_fixture.client(), password=PASSWORD)).error_codes == ["RATE_LIMITED"]
    throttle = table_of(Throttle)
    await app_fixture.execute_sql(update(throttle).values(theoretical_arrival=throttle.c.theoretical_arrival - 60_000))
    assert (await login(app_fixture.client(), password=PASSWORD)).payload("login")


async def test_signed_in_user_is_not_affected_by_failed_logins(app_fixture: AppFixture, app: FastAPI) -> None:
    session = (await login(app_fixture.client(), password=PASSWORD)).payload("login")
    await attempt_until_limited(lambda n: login(client_from_address(app, f"192.0.2.{n}")))
    client = app_fixture.client(tenant="here").with_token(session["accessToken"])
    assert (await client(documents.create("Task"), input={"title": "Dig"})).payload("createTask")
    token = {"refreshToken": session["refreshToken"]}
    assert (await client(documents.REFRESH_SESSION, input=token)).payload("refreshSession")
    passwords = {"currentPassword": PASSWORD, "newPassword": "Green-rake-8!"}
    assert (await client(documents.CHANGE_PASSWORD, input=passwords)).payload("changePassword")


async def test_successful_logins_are_not_limited(app_fixture: AppFixture) -> None:
    for _ in range(25):
        assert (await login(app_fixture.client(), password=PASSWORD)).payload("login")


async def test_successful_login_resets_limit(app_fixture: AppFixture) -> None:
    for _ in range(3):
        for _ in range(9):
            assert (await login(app_fixture.client())).user_errors("login")
        assert (await login(app_fixture.client(), password=PASSWORD)).payload("login")


async def test_failed_logins_are_limited_per_ip_address(
    app_fixture: AppFixture, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.people.login.LOGIN_FROM_ADDRESS", RateLimit("login-address", 5, 60))
    for address in ("192.0.2.7", "2001:db8::1"):
        client = client_from_address(app, address)
        number, response = await attempt_until_limited(lambda n, client=client: login(client, f"user{n}@here.test"))
        assert (number, response.error_codes) == (5, ["RATE_LIMITED"])
    same_network = client_from_address(app, "2001:db8::2")
    assert (await login(same_network, password=PASSWORD)).error_codes == ["RATE_LIMITED"]
    assert (await login(client_from_address(app, "192.0.2.8"), password=PASSWORD)).payload("login")


async def test_registration_attempts_are_limited_per_ip_address(app_fixture: AppFixture, app: FastAPI) -> None:
    client = client_from_address(app, "192.0.2.7")
    number, response = await attempt_until_limited(
        lambda _: client(documents.REGISTER, input=REGISTRATION | {"email": EMAIL})
    )
    assert (number, response.error_codes) == (30, ["RATE_LIMITED"])
    other = client_from_address(app, "192.0.2.8")
    assert (await other(documents.REGISTER, input=REGISTRATION | {"email": "ada@example.test"})).payload("register")


@pytest.mark.parametrize("email", [EMAIL, "unknown@here.test"])
async def test_requested_emails_are_limited(app_fixture: AppFixture, app: FastAPI, email: str) -> None:
    number, response = await attempt_until_limited(
        lambda n: client_from_address(app, f"192.0.2.{n}")(documents.REQUEST_PASSWORD_RESET, input={"email": email})
    )
    assert (number, response.error_codes) == (5, ["RATE_LIMITED"])
    member_client = app_fixture.tenant.client()
    number, response = await attempt_until_limited(lambda _: member_client(documents.REQUEST_EMAIL_VERIFICATION))
    assert (number, response.error_codes) == (5, ["RATE_LIMITED"])
    await app.state.background.drain()


async def test_emails_to_a_new_address_are_limited_for_all_users(app_fixture: AppFixture, app: FastAPI) -> None:
    """Someone with many accounts cannot fill the mailbox of another person."""
    change = {"email": "Victim@else.test", "currentPassword": PASSWORD}
    clients = [app_fixture.tenant.client(role) for role in Role]
    codes = [(await clients[n % 3](documents.UPDATE_VIEWER, input=change)).error_codes for n in range(6)]
    assert codes == [*[[]] * 5, ["RATE_LIMITED"]]
    reset = await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": "victim@else.test"})
    assert reset.error_codes == ["RATE_LIMITED"]
    await app.state.background.drain()


async def test_address_that_does_not_change_is_not_limited(app_fixture: AppFixture) -> None:
    member_client = app_fixture.tenant.client()
    same = {"email": EMAIL.upper(), "currentPassword": PASSWORD}
    codes = [(await member_client(documents.UPDATE_VIEWER, input=same)).error_codes for _ in range(6)]
    assert codes == [[]] * 6


async def test_password_checks_of_signed_in_user_are_limited(app_fixture: AppFixture) -> None:
    member_client = app_fixture.tenant.client()
    wrong_password = {"currentPassword": "Wrong-horse-1!", "newPassword": "Green-rake-8!"}
    number, _ = await attempt_until_limited(lambda _: member_client(documents.CHANGE_PASSWORD, input=wrong_password))
    assert number == 10
    email = {"email": "x@example.test", "currentPassword": PASSWORD}
    assert (await member_client(documents.UPDATE_VIEWER, input=email)).error_codes == ["RATE_LIMITED"]


async def test_email_token_attempts_are_limited(app_fixture: AppFixture) -> None:
    number, response = await attempt_until_limited(
        lambda n: app_fixture.tenant.client()(
            documents.VERIFY_EMAIL, input={"token": f"{secrets.EMAIL_TOKEN_PREFIX}{n}"}
        )
    )
    assert (number, response.error_codes) == (60, ["RATE_LIMITED"])
