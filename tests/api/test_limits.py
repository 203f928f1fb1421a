"""Guessing is slow: limits on attempts, for accounts and for addresses."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import Throttle
from models.relations import table_of
from services.throttle import Limit
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.world import PASSWORD, World

EMAIL = "member@here.test"
WRONG = "Wrong-horse-1!"
NEW = {"fullName": "Ada Beech", "password": "Blue-spade-7!"}


def client_at(app: FastAPI, address: str) -> Client:
    """A client whose connection comes from this address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1234))
    return Client(httpx.AsyncClient(transport=transport, base_url="http://allotment.test"))


async def login(client: Client, email: str = EMAIL, password: str = WRONG) -> Answer:
    return await client(documents.LOGIN, input={"email": email, "password": password})


async def until_limited(attempt: Any) -> tuple[int, Answer]:
    """How many attempts go through, and what the next one is answered."""
    for number in range(200):
        answer = await attempt(number)
        if answer.codes:
            return number, answer
    raise AssertionError("there is no limit")


@pytest.mark.parametrize("email", [EMAIL, "nobody@here.test"])
async def test_after_some_failures_an_account_must_wait_whether_it_is_there_or_not(
    world: World, app: FastAPI, email: str
) -> None:
    number, answer = await until_limited(lambda n: login(client_at(app, f"192.0.2.{n}"), email))
    assert (number, answer.codes, answer.body["data"]) == (20, ["RATE_LIMITED"], {"login": None})
    (error,) = answer.body["errors"]
    assert 0 < error["extensions"]["retryAfter"] <= 60
    assert str(error["extensions"]["retryAfter"]) in error["message"]
    in_other_letters = await login(client_at(app, "198.51.100.1"), f" {email.upper()} ")
    assert in_other_letters.codes == ["RATE_LIMITED"]
    assert (await login(client_at(app, "198.51.100.1"), "owner@here.test", PASSWORD)).payload("login")


async def test_the_right_password_waits_too_and_goes_through_in_time(world: World, app: FastAPI) -> None:
    await until_limited(lambda n: login(client_at(app, f"192.0.2.{n}")))
    assert (await login(world.client(), password=PASSWORD)).codes == ["RATE_LIMITED"]
    throttle = table_of(Throttle)
    await world.write(update(throttle).values(rests_at=throttle.c.rests_at - 60_000))
    assert (await login(world.client(), password=PASSWORD)).payload("login")


async def test_who_is_signed_in_notices_nothing_of_others_who_guess(world: World, app: FastAPI) -> None:
    begun = (await login(world.client(), password=PASSWORD)).payload("login")
    await until_limited(lambda n: login(client_at(app, f"192.0.2.{n}")))
    client = world.client(tenant="here").bearing(begun["accessToken"])
    assert (await client(documents.create("Task"), input={"title": "Dig"})).payload("createTask")
    token = {"refreshToken": begun["refreshToken"]}
    assert (await client(documents.REFRESH, input=token)).payload("refreshSession")
    passwords = {"currentPassword": PASSWORD, "newPassword": "Green-rake-8!"}
    assert (await client(documents.CHANGE_PASSWORD, input=passwords)).payload("changePassword")


async def test_signing_in_rightly_is_never_limited(world: World) -> None:
    for _ in range(25):
        assert (await login(world.client(), password=PASSWORD)).payload("login")


async def test_the_right_password_forgives_the_wrong_ones(world: World) -> None:
    for _ in range(3):
        for _ in range(9):
            assert (await login(world.client())).refusals("login")
        assert (await login(world.client(), password=PASSWORD)).payload("login")


async def test_an_address_that_tries_many_accounts_must_wait(
    world: World, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.session.LOGIN_FROM_ADDRESS", Limit("login-address", 5, 60))
    for address in ("192.0.2.7", "2001:db8::1"):
        client = client_at(app, address)
        number, answer = await until_limited(lambda n, client=client: login(client, f"user{n}@here.test"))
        assert (number, answer.codes) == (5, ["RATE_LIMITED"])
    neighbour = client_at(app, "2001:db8::2")
    assert (await login(neighbour, password=PASSWORD)).codes == ["RATE_LIMITED"]
    assert (await login(client_at(app, "192.0.2.8"), password=PASSWORD)).payload("login")


async def test_nobody_finds_out_many_addresses_by_registering(world: World, app: FastAPI) -> None:
    client = client_at(app, "192.0.2.7")
    number, answer = await until_limited(lambda _: client(documents.REGISTER, input=NEW | {"email": EMAIL}))
    assert (number, answer.codes) == (30, ["RATE_LIMITED"])
    other = client_at(app, "192.0.2.8")
    assert (await other(documents.REGISTER, input=NEW | {"email": "ada@garden.test"})).payload("register")


@pytest.mark.parametrize("email", [EMAIL, "nobody@here.test"])
async def test_nobody_is_flooded_with_letters(world: World, app: FastAPI, email: str) -> None:
    number, answer = await until_limited(
        lambda n: client_at(app, f"192.0.2.{n}")(documents.REQUEST_RESET, input={"email": email})
    )
    assert (number, answer.codes) == (5, ["RATE_LIMITED"])
    member = world.here.client()
    number, answer = await until_limited(lambda _: member(documents.REQUEST_VERIFICATION))
    assert (number, answer.codes) == (5, ["RATE_LIMITED"])
    await app.state.background.drain()


async def test_whoever_has_a_token_cannot_guess_the_password_with_it(world: World) -> None:
    member = world.here.client()
    wrong = {"currentPassword": "Wrong-horse-1!", "newPassword": "Green-rake-8!"}
    number, _ = await until_limited(lambda _: member(documents.CHANGE_PASSWORD, input=wrong))
    assert number == 10
    email = {"email": "x@garden.test", "currentPassword": PASSWORD}
    assert (await member(documents.UPDATE_VIEWER, input=email)).codes == ["RATE_LIMITED"]


async def test_links_cannot_be_guessed_without_end(world: World) -> None:
    number, answer = await until_limited(lambda n: world.client()(documents.VERIFY, input={"token": f"letter_{n}"}))
    assert (number, answer.codes) == (60, ["RATE_LIMITED"])
