"""What passkeys mean for the rest of an account: other ways to sign in, password resets, limits, and deletion."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select, update

from models import Passkey, PasskeyChallenge, Throttle, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from server.config.settings import Settings
from services.people import rate_limit
from tests.passkeys.helpers import REFUSED, TRUE_AUTHENTICATOR, add, log_in, options_of, send_login
from tests.passkeys.test_registration import list_passkeys
from tests.sign_in.helpers import settle
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.issuer_documents import LINK_ISSUER, UNLINK_ISSUER
from tests.support.issuer_keys import id_token
from tests.support.passkey_documents import DELETE_PASSKEY, START_LOGIN
from tests.webhooks.test_jobs import perform

only_sqlite = pytest.mark.only("sqlite")  # what differs between the engines is tested on both

OWNER, NEW_PASSWORD = "owner@here.test", "Another-horse-3!"
RESET = documents.RESET_PASSWORD


@pytest.fixture
async def owner(app_fixture: AppFixture) -> Client:
    """The owner, who has verified the email address."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    return app_fixture.tenant.client(Role.OWNER)


@only_sqlite
@pytest.mark.parametrize("was_verified", [True, False])
async def test_password_reset_removes_passkeys(
    app_fixture: AppFixture, app: FastAPI, owner: Client, caplog: pytest.LogCaptureFixture, *, was_verified: bool
) -> None:
    emails = EmailCapture(app, caplog)
    await add(owner)
    if not was_verified:
        await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=None))
    await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": OWNER})
    token = (await emails.last_email(OWNER)).link_token
    reset = await app_fixture.client()(RESET, input={"token": token, "newPassword": NEW_PASSWORD})
    assert reset.payload("resetPassword")
    assert await app_fixture.fetch_rows(select(table_of(Passkey))) == []
    assert "- the passkey Laptop" in (await emails.last_email(OWNER)).text


@only_sqlite
async def test_passkey_is_no_way_back_into_an_account_whose_address_was_changed(
    app_fixture: AppFixture, app: FastAPI, owner: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Someone adds a passkey, changes the address to that of another person, and confirms it with a stolen link."""
    emails, victim = EmailCapture(app, caplog), "victim@else.test"
    passkey = await add(owner)
    await owner(documents.UPDATE_VIEWER, input={"email": victim, "currentPassword": PASSWORD})
    confirmation = (await emails.last_email(victim)).link_token
    assert (await owner(documents.VERIFY_EMAIL, input={"token": confirmation})).payload("verifyEmail")
    await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": victim})
    token = (await emails.last_email(victim)).link_token
    await app_fixture.client()(RESET, input={"token": token, "newPassword": NEW_PASSWORD})
    assert (await log_in(app_fixture.client(), passkey)).user_errors("loginWithPasskey") == REFUSED


@only_sqlite
async def test_issuer_and_passkey_are_both_ways_to_sign_in(app_fixture: AppFixture, owner: Client) -> None:
    linked = await owner(LINK_ISSUER, input={"idToken": id_token("subject"), "currentPassword": PASSWORD})
    link = linked.payload("linkIssuer")["linkedIssuer"]["id"]
    await add(owner)
    await app_fixture.execute_sql(update(table_of(User)).values(password_hash=None))
    assert (await owner(UNLINK_ISSUER, id=link)).payload("unlinkIssuer")
    (passkey,) = await list_passkeys(owner)
    response = await owner(DELETE_PASSKEY, id=passkey["id"])
    assert response.user_errors("deletePasskey") == [("WRONG_STATUS", ["id"])]


@only_sqlite
async def test_passkey_may_be_removed_if_an_issuer_is_linked(app_fixture: AppFixture, owner: Client) -> None:
    await owner(LINK_ISSUER, input={"idToken": id_token("subject"), "currentPassword": PASSWORD})
    await add(owner)
    await app_fixture.execute_sql(update(table_of(User)).values(password_hash=None))
    (passkey,) = await list_passkeys(owner)
    assert (await owner(DELETE_PASSKEY, id=passkey["id"])).payload("deletePasskey")


@only_sqlite
async def test_challenges_and_refused_answers_are_limited_by_network(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PASSKEY_CHALLENGE", "PASSKEY"):
        monkeypatch.setattr(rate_limit, name, replace(getattr(rate_limit, name), burst=3))
    client = app_fixture.client()
    codes = [(await client(START_LOGIN)).error_codes for _ in range(4)]
    assert codes == [[], [], [], ["RATE_LIMITED"]]
    for _ in range(3):
        assert (await send_login(client, {})).user_errors("loginWithPasskey") == REFUSED
    assert (await send_login(client, {})).error_codes == ["RATE_LIMITED"]


async def test_right_answer_over_the_limit_is_refused_before_it_is_used(
    app_fixture: AppFixture, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    passkey = await add(owner)
    monkeypatch.setattr(rate_limit, "PASSKEY", replace(rate_limit.PASSKEY, burst=1))
    client = app_fixture.client()
    answer = TRUE_AUTHENTICATOR.get(await options_of(client, START_LOGIN), passkey)
    assert (await send_login(client, {})).user_errors("loginWithPasskey") == REFUSED
    assert (await send_login(client, answer)).error_codes == ["RATE_LIMITED"]
    await app_fixture.execute_sql(delete(table_of(Throttle)))
    assert (await send_login(client, answer)).payload("loginWithPasskey")  # its challenge was not used up


async def test_only_refused_answers_count(
    app_fixture: AppFixture, app: FastAPI, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "PASSKEY", replace(rate_limit.PASSKEY, burst=1))
    passkey = await add(owner)
    for _ in range(3):
        await settle(app)
        assert (await log_in(app_fixture.client(), passkey)).payload("loginWithPasskey")


@only_sqlite
async def test_added_passkey_is_reported_although_its_attempt_remains_counted(
    owner: Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_values: object) -> None:
        raise OSError("the database is gone")

    monkeypatch.setattr(rate_limit, "_refund", fail)
    assert await add(owner)
    await settle(app)
    assert len(await list_passkeys(owner)) == 1


async def test_concurrent_refused_answers_share_the_limit(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "PASSKEY", replace(rate_limit.PASSKEY, burst=1))
    client = app_fixture.client()
    responses = await asyncio.gather(*(send_login(client, {}) for _ in range(4)))
    assert sorted(response.error_codes for response in responses) == [[], *[["RATE_LIMITED"]] * 3]


async def test_expired_challenges_are_deleted(app: FastAPI, app_fixture: AppFixture, settings: Settings) -> None:
    client, challenge = app_fixture.client(), table_of(PasskeyChallenge)
    await client(START_LOGIN)
    await app_fixture.execute_sql(update(challenge).values(expires_at=utc_now() - timedelta(seconds=1)))
    await client(START_LOGIN)
    await perform(app, settings, "delete-expired-passkey-challenges")
    assert len(await app_fixture.fetch_rows(select(challenge))) == 1
