"""Signing in."""

import time
from datetime import UTC, datetime
from typing import Any

from jose import jwt
from sqlalchemy import select, update

from models import User
from models.membership import Role
from models.relations import table_of
from services.passwords import LONGEST
from tests.support import documents
from tests.support.client import Answer
from tests.support.world import FAST, PASSWORD, World

EMAIL = "member@here.test"
REFUSED = [("BAD_CREDENTIALS", ["input"])]
SAID = {"code": "BAD_CREDENTIALS", "field": ["input"], "message": "E-mail address or password is wrong."}
NOT_SIGNED_IN = {"accessToken": None, "refreshToken": None, "user": None, "userErrors": [SAID]}


async def login(world: World, email: str = EMAIL, password: str = PASSWORD) -> Answer:
    """Sign in, as somebody who is not yet."""
    return await world.client()(documents.LOGIN, input={"email": email, "password": password})


async def user_row(world: World) -> Any:
    """The member as the database knows them."""
    user = table_of(User)
    async with world.database.reading.connect() as connection:
        return (await connection.execute(select(user).where(user.c.email == EMAIL))).one()


async def test_the_right_credentials_give_a_token_that_works(world: World) -> None:
    payload = (await login(world)).payload("login")
    user = payload["user"]
    assert user == user | {"email": EMAIL, "fullName": "Member Here", "version": 1}
    (membership,) = user["memberships"]["nodes"]
    assert (membership["role"], membership["tenant"]["slug"]) == ("MEMBER", "here")
    client = world.client(tenant="here").with_headers(Authorization=f"Bearer {payload['accessToken']}")
    viewer = (await client(documents.VIEWER)).data["viewer"]
    assert set(viewer.pop("permissions")) > set(user.pop("permissions"))
    assert viewer == user
    assert (await client(documents.create("Task"), input={"title": "Dig"})).payload("createTask")


async def test_a_token_says_who_one_is_and_for_how_long_and_no_more(world: World) -> None:
    claims = jwt.get_unverified_claims((await login(world)).payload("login")["accessToken"])
    assert claims.keys() == {"sub", "iss", "aud", "iat", "nbf", "exp", "jti", "sid"}
    assert claims["sub"] == str(world.here.users[Role.MEMBER].id)
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert abs(claims["iat"] - time.time()) < 60


async def test_an_address_counts_in_any_case_and_with_blanks_around_it(world: World) -> None:
    for email in (EMAIL.upper(), f"  {EMAIL}\n"):
        assert (await login(world, email)).payload("login")["user"]["email"] == EMAIL


WRONG = [
    (EMAIL, "Wrong-horse-1!"),
    (EMAIL, PASSWORD.lower()),
    (EMAIL, f"{PASSWORD} "),
    (EMAIL, ""),
    (EMAIL, PASSWORD * 100),
    (EMAIL, "x" * 100_000),
    ("nobody@here.test", PASSWORD),
    ("", ""),
    ("%", PASSWORD),
    ("' OR 1=1 --", PASSWORD),
    ("x" * 100_000, PASSWORD),
    ("\U0010ffff", "\U0010ffff"),
]


async def test_wrong_credentials_are_all_refused_alike(world: World) -> None:
    for email, password in WRONG:
        answer = await login(world, email, password)
        assert (email[:50], password[:50], answer.data["login"]) == (email[:50], password[:50], NOT_SIGNED_IN)
    assert (await user_row(world)).last_login is None


async def test_long_passwords_count_to_the_last_character(world: World) -> None:
    longest = "ü" * (LONGEST - 1)
    await _change(world, password_hash=await FAST.hash(f"{longest}1"))
    assert (await login(world, password=f"{longest}1")).payload("login")
    assert (await login(world, password=f"{longest}2")).refusals("login") == REFUSED
    assert (await login(world, password=f"{longest}12")).refusals("login") == REFUSED


async def test_who_has_no_password_or_is_inactive_cannot_sign_in(world: World) -> None:
    usual = (await user_row(world)).password_hash
    for change in ({"password_hash": None}, {"password_hash": usual, "is_active": False}):
        await _change(world, **change)
        assert (await login(world)).refusals("login") == REFUSED


async def test_signing_in_is_noted_and_is_no_change_to_the_user(world: World) -> None:
    before = await user_row(world)
    began = datetime.now(UTC)
    await login(world)
    after = await user_row(world)
    assert began <= after.last_login <= datetime.now(UTC)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


async def _change(world: World, **values: Any) -> None:
    user = table_of(User)
    async with world.database.writing.begin() as connection:
        await connection.execute(update(user).where(user.c.email == EMAIL).values(**values))
