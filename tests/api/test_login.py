"""Login with email and password."""

import time
from datetime import UTC, datetime
from typing import Any

from jose import jwt
from sqlalchemy import select, update

from models import User
from models.membership import Role
from models.relations import table_of
from services.people.passwords import MAX_LENGTH
from tests.support import documents
from tests.support.app_fixture import FAST_PASSWORDS, PASSWORD, AppFixture
from tests.support.client import GraphQLResponse

EMAIL = "member@here.test"
BAD_CREDENTIALS = [("BAD_CREDENTIALS", ["input"])]
BAD_CREDENTIALS_ERROR = {
    "code": "BAD_CREDENTIALS",
    "field": ["input"],
    "message": "The email address or password is wrong.",
}
REJECTED_PAYLOAD = {"accessToken": None, "refreshToken": None, "user": None, "userErrors": [BAD_CREDENTIALS_ERROR]}


async def login(app_fixture: AppFixture, email: str = EMAIL, password: str = PASSWORD) -> GraphQLResponse:
    """Sign in with an anonymous client."""
    return await app_fixture.client()(documents.LOGIN, input={"email": email, "password": password})


async def user_row(app_fixture: AppFixture) -> Any:
    """Return the member's row."""
    user = table_of(User)
    async with app_fixture.database.read_engine.connect() as connection:
        return (await connection.execute(select(user).where(user.c.email == EMAIL))).one()


async def test_valid_credentials_return_working_token(app_fixture: AppFixture) -> None:
    payload = (await login(app_fixture)).payload("login")
    user = payload["user"]
    assert user == user | {"email": EMAIL, "fullName": "Member Here", "version": 1}
    (membership,) = user["memberships"]["nodes"]
    assert (membership["role"], membership["tenant"]["slug"]) == ("MEMBER", "here")
    client = app_fixture.client(tenant="here").with_headers(Authorization=f"Bearer {payload['accessToken']}")
    viewer = (await client(documents.VIEWER)).data["viewer"]
    assert viewer == user
    assert (await client(documents.create("Task"), input={"title": "Dig"})).payload("createTask")


async def test_token_contains_only_identity_and_expiry(app_fixture: AppFixture) -> None:
    claims = jwt.get_unverified_claims((await login(app_fixture)).payload("login")["accessToken"])
    assert claims.keys() == {"sub", "iss", "aud", "iat", "nbf", "exp", "jti", "sid"}
    assert claims["sub"] == str(app_fixture.tenant.users[Role.MEMBER].id)
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert abs(claims["iat"] - time.time()) < 60


async def test_email_is_matched_ignoring_case_and_surrounding_whitespace(app_fixture: AppFixture) -> None:
    for email in (EMAIL.upper(), f"  {EMAIL}\n"):
        assert (await login(app_fixture, email)).payload("login")["user"]["email"] == EMAIL


WRONG_CREDENTIALS = [
    (EMAIL, "Wrong-horse-1!"),
    (EMAIL, PASSWORD.lower()),
    (EMAIL, f"{PASSWORD} "),
    (EMAIL, ""),
    (EMAIL, PASSWORD * 100),
    (EMAIL, "x" * 100_000),
    ("unknown@here.test", PASSWORD),
    ("", ""),
    ("%", PASSWORD),
    ("' OR 1=1 --", PASSWORD),
    ("x" * 100_000, PASSWORD),
    ("\U0010ffff", "\U0010ffff"),
]


async def test_all_wrong_credentials_are_rejected_alike(app_fixture: AppFixture) -> None:
    for email, password in WRONG_CREDENTIALS:
        response = await login(app_fixture, email, password)
        assert (email[:50], password[:50], response.data["login"]) == (email[:50], password[:50], REJECTED_PAYLOAD)
    assert (await user_row(app_fixture)).last_login is None


async def test_long_passwords_are_compared_in_full(app_fixture: AppFixture) -> None:
    longest = "ü" * (MAX_LENGTH - 1)
    await _update_user(app_fixture, password_hash=await FAST_PASSWORDS.hash(f"{longest}1"))
    assert (await login(app_fixture, password=f"{longest}1")).payload("login")
    assert (await login(app_fixture, password=f"{longest}2")).user_errors("login") == BAD_CREDENTIALS
    assert (await login(app_fixture, password=f"{longest}12")).user_errors("login") == BAD_CREDENTIALS


async def test_user_without_password_or_inactive_user_cannot_sign_in(app_fixture: AppFixture) -> None:
    password_hash = (await user_row(app_fixture)).password_hash
    for columns in ({"password_hash": None}, {"password_hash": password_hash, "is_active": False}):
        await _update_user(app_fixture, **columns)
        assert (await login(app_fixture)).user_errors("login") == BAD_CREDENTIALS


async def test_login_updates_last_login_but_not_version(app_fixture: AppFixture) -> None:
    before = await user_row(app_fixture)
    started_at = datetime.now(UTC)
    await login(app_fixture)
    after = await user_row(app_fixture)
    assert started_at <= after.last_login <= datetime.now(UTC)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


async def _update_user(app_fixture: AppFixture, **values: Any) -> None:
    user = table_of(User)
    async with app_fixture.database.write_engine.begin() as connection:
        await connection.execute(update(user).where(user.c.email == EMAIL).values(**values))
