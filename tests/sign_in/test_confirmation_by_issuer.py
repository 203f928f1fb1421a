"""Confirmation of the identity with an ID token of a linked issuer."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from models import Session, UsedIdToken, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from tests.sign_in.test_confirmation import NAME, STEP_UP, age_proofs, create_key, extensions
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.issuer_documents import LINK_ISSUER, UNLINK_ISSUER
from tests.support.issuer_keys import id_token
from tests.support.second_factor_rows import SECRET, code_of, enrolled_rows
from tests.support.second_factors import CONFIRM_IDENTITY

SUBJECT = "subject-1"
REFUSED = [("BAD_CREDENTIALS", ["input", "idToken"])]


def fresh_token(subject: str = SUBJECT, seconds_ago: float = 5, **values: Any) -> str:
    """Return an ID token of a person who has just authenticated."""
    return id_token(subject, **({"auth_time": int(time.time() - seconds_ago)} | values))


async def confirm(client: Client, token: str, **values: str) -> GraphQLResponse:
    return await client(CONFIRM_IDENTITY, input={"idToken": token, **values})


async def link(client: Client, subject: str) -> dict[str, Any]:
    linked: dict[str, Any] = (
        await client(LINK_ISSUER, input={"idToken": id_token(subject), "currentPassword": PASSWORD})
    ).payload("linkIssuer")["linkedIssuer"]
    return linked


@pytest.fixture
async def owner(app_fixture: AppFixture) -> Client:
    """The owner, who signs in with an issuer only, and whose proof is too old."""
    user, client = table_of(User), app_fixture.tenant.client(Role.OWNER)
    await app_fixture.execute_sql(update(user).values(email_verified_at=utc_now()))
    await link(client, SUBJECT)
    owner_id = app_fixture.tenant.users[Role.OWNER].id
    await app_fixture.execute_sql(update(user).where(user.c.id == owner_id).values(password_hash=None))
    await age_proofs(app_fixture)
    return client


async def test_fresh_token_confirms_once(app_fixture: AppFixture, owner: Client) -> None:
    assert extensions(await create_key(owner)) == STEP_UP
    token = fresh_token(nonce="value of the page")
    assert (await confirm(owner, token)).user_errors(NAME) == REFUSED
    assert (await confirm(owner, token, nonce="value of the page")).payload(NAME)["done"] is True
    assert (await create_key(owner)).payload("createApiKey")
    await age_proofs(app_fixture)
    replayed = await confirm(owner, token, nonce="value of the page")
    assert replayed.user_errors(NAME) == REFUSED
    assert "used already" in replayed.data[NAME]["userErrors"][0]["message"]
    assert extensions(await create_key(owner)) == STEP_UP


async def test_concurrent_uses_confirm_once(app_fixture: AppFixture, owner: Client) -> None:
    token = fresh_token()
    responses = await asyncio.gather(*(confirm(owner, token) for _ in range(3)))
    assert sorted(bool(response.user_errors(NAME)) for response in responses) == [False, True, True]


OTHER_TOKENS: list[tuple[dict[str, Any], str]] = [
    ({"seconds_ago": 340}, "too long ago"),
    ({"seconds_ago": 86_400}, "too long ago"),
    ({"seconds_ago": -60}, "too long ago"),
    ({"auth_time": None}, "auth_time"),
    ({"auth_time": "now"}, "auth_time"),
    ({"auth_time": True}, "auth_time"),
    ({"subject": "of-no-one"}, "not linked to you"),
    ({"subject": "of-another-user"}, "not linked to you"),
    ({"iss": "https://other.test"}, "not configured"),
    ({"aud": "another-client"}, "another client"),
    ({"exp": 1}, "expired"),
]


async def test_other_tokens_confirm_nothing(app_fixture: AppFixture, owner: Client) -> None:
    await link(app_fixture.tenant.client(Role.MEMBER), "of-another-user")
    await age_proofs(app_fixture)
    used = select(func.count().label("number")).select_from(table_of(UsedIdToken))
    before = await app_fixture.fetch_rows(used)
    for values, message in OTHER_TOKENS:
        response = await confirm(owner, fresh_token(**values))
        assert response.user_errors(NAME) == REFUSED, values
        assert message in response.data[NAME]["userErrors"][0]["message"]
    assert extensions(await create_key(owner)) == STEP_UP
    assert await app_fixture.fetch_rows(used) == before


async def test_removed_link_confirms_nothing(app_fixture: AppFixture, owner: Client) -> None:
    second = await link_second(app_fixture, owner)
    assert (await owner(UNLINK_ISSUER, id=second)).payload("unlinkIssuer")["deletedId"] == second
    await age_proofs(app_fixture)
    assert (await confirm(owner, fresh_token("second"))).user_errors(NAME) == REFUSED
    assert (await confirm(owner, fresh_token())).payload(NAME)["done"]


async def link_second(app_fixture: AppFixture, owner: Client) -> str:
    """Link a second account, in a session that has just begun."""
    session = table_of(Session)
    now = utc_now()
    await app_fixture.execute_sql(update(session).values(created_at=now - timedelta(minutes=1), confirmed_at=now))
    return str((await link(owner, "second"))["id"])


async def test_issuer_replaces_the_code_only_if_it_has_verified_several_factors(
    app_fixture: AppFixture, owner: Client
) -> None:
    user = app_fixture.tenant.users[Role.OWNER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(*enrolled_rows(user)))
    await age_proofs(app_fixture)
    token = fresh_token()
    assert (await confirm(owner, token)).user_errors(NAME) == [("SECOND_FACTOR_REQUIRED", ["input", "code"])]
    assert extensions(await create_key(owner)) == STEP_UP
    assert (await confirm(owner, token, code=code_of(SECRET))).payload(NAME)["done"]
    await age_proofs(app_fixture)
    assert (await confirm(owner, fresh_token(amr=["mfa"]))).payload(NAME)["done"]
    assert (await create_key(owner)).payload("createApiKey")


async def test_token_without_a_session_confirms_nothing(app_fixture: AppFixture, owner: Client) -> None:
    assert (await confirm(app_fixture.client(), fresh_token())).error_codes == ["UNAUTHENTICATED"]
