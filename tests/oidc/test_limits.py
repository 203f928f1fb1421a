"""Limits of ID tokens that are not accepted."""

import asyncio

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import User
from models.base import utc_now
from models.relations import table_of
from services.core.errors import IssuerUnavailable
from services.people import rate_limit
from services.people.oidc.id_token import IdTokenVerifier
from services.people.rate_limit import RateLimit
from tests.oidc.conftest import SignIn
from tests.sign_in.helpers import settle
from tests.support.app_fixture import AppFixture
from tests.support.issuer_keys import id_token

LOGIN = "loginWithIssuer"
MEMBER = "member@here.test"
REFUSED = [("BAD_CREDENTIALS", ["input", "idToken"])]


async def test_failures_from_an_address_are_limited(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "ID_TOKEN", RateLimit("id-token", 2, 600))
    responses = [await sign_in("x.y.z") for _ in range(3)]
    assert [response.user_errors(LOGIN) for response in responses[:2]] == [REFUSED] * 2
    assert responses[2].error_codes == ["RATE_LIMITED"]


async def test_right_token_over_the_limit_is_refused_before_it_is_verified(
    app_fixture: AppFixture, app: FastAPI, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "ID_TOKEN", RateLimit("id-token", 1, 600))
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    for number in range(2):
        assert (await sign_in(id_token("s", MEMBER, jti=str(number)))).payload(LOGIN)  # these do not count
        await settle(app)
    invalid = await asyncio.gather(*(sign_in("x.y.z") for _ in range(3)))
    assert sorted(response.error_codes for response in invalid) == [[], *[["RATE_LIMITED"]] * 2]
    assert (await sign_in(id_token("s", MEMBER))).error_codes == ["RATE_LIMITED"]


@pytest.mark.parametrize("failure", [IssuerUnavailable("https://issuer.test"), OSError("the database is gone")])
async def test_failures_of_the_issuer_and_the_server_do_not_count(
    app_fixture: AppFixture, app: FastAPI, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """An outage of one issuer must not block the users of another one in the same network."""

    def fail(*_values: object) -> None:
        raise failure

    monkeypatch.setattr(rate_limit, "ID_TOKEN", RateLimit("id-token", 2, 600))
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    with monkeypatch.context() as patch:
        patch.setattr(IdTokenVerifier, "verify", fail)
        for _ in range(2):
            assert len((await sign_in(id_token("s", MEMBER))).error_codes) == 1
            await settle(app)
    assert (await sign_in(id_token("s", MEMBER))).payload(LOGIN)
