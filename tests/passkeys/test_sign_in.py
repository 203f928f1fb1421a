"""Signing in, and confirming the identity, with a passkey."""

import asyncio
import copy
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from models import Passkey, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from tests.passkeys.helpers import (
    REFUSED,
    TRUE_AUTHENTICATOR,
    add,
    confirm,
    log_in,
    options_of,
    send_login,
)
from tests.passkeys.test_registration import list_passkeys
from tests.sign_in.helpers import own_events, settle
from tests.sign_in.test_confirmation import STEP_UP, age_proofs, create_key, extensions
from tests.support.app_fixture import AppFixture
from tests.support.authenticator import USER_PRESENT, VERIFIED, Authenticator, SoftPasskey, to_base64url
from tests.support.client import Client
from tests.support.passkey_documents import DELETE_PASSKEY, START_CONFIRMATION, START_LOGIN
from tests.support.second_factor_rows import enrolled_rows
from tests.support.second_factors import CONFIRM_IDENTITY

only_sqlite = pytest.mark.only("sqlite")  # what differs between the engines is tested on both

LOGIN, CONFIRM = "loginWithPasskey", "confirmIdentity"


@pytest.fixture
async def owner(app_fixture: AppFixture) -> Client:
    """The owner, who has verified the email address."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    return app_fixture.tenant.client(Role.OWNER)


@pytest.fixture
async def passkey(owner: Client) -> SoftPasskey:
    """The owner's passkey."""
    return await add(owner)


async def test_passkey_signs_in_without_password_and_code(
    app_fixture: AppFixture, owner: Client, passkey: SoftPasskey
) -> None:
    user = app_fixture.tenant.users[Role.OWNER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(*enrolled_rows(user)))
    await app_fixture.execute_sql(update(table_of(User)).values(password_hash=None))
    options = await options_of(app_fixture.client(), START_LOGIN)
    assert (options["rpId"], options["allowCredentials"], options["userVerification"]) == ("localhost", [], "required")
    payload = (await log_in(app_fixture.client(), passkey)).payload(LOGIN)
    assert payload["user"]["email"] == "owner@here.test"
    client = app_fixture.client().with_token(payload["accessToken"]).with_headers(**{"X-Tenant": "here"})
    assert (await create_key(client)).payload("createApiKey")  # the session is confirmed
    event = (await own_events(client))[1]
    assert (event["kind"], event["detail"]) == ("LOGGED_IN", "passkey: Laptop")
    assert (await list_passkeys(client))[0]["lastUsedAt"] is not None


FALSE_AUTHENTICATORS = {
    "another origin": Authenticator(origin="https://evil.test"),
    "a frame": Authenticator(client_data={"crossOrigin": True}),
    "another site": Authenticator(rp_id="evil.test"),
    "person not verified": Authenticator(flags=USER_PRESENT),
    "person not present": Authenticator(flags=VERIFIED & ~USER_PRESENT),
    "another ceremony": Authenticator(client_data={"type": "webauthn.create"}),
    "another challenge": Authenticator(client_data={"challenge": to_base64url(bytes(32))}),
}


@only_sqlite
async def test_false_answers_are_refused(app_fixture: AppFixture, passkey: SoftPasskey) -> None:
    client, other_key = app_fixture.client(), SoftPasskey(passkey.user_handle, passkey.id)
    for reason, authenticator in FALSE_AUTHENTICATORS.items():
        assert (await log_in(client, passkey, authenticator)).user_errors(LOGIN) == REFUSED, reason
    assert (await log_in(client, other_key)).user_errors(LOGIN) == REFUSED
    assert (await log_in(client, SoftPasskey(passkey.user_handle))).user_errors(LOGIN) == REFUSED
    assert (await log_in(client, replace(passkey, user_handle=bytes(16)))).user_errors(LOGIN) == REFUSED
    for handle in (None, "", "%", "é", 1):
        assert (await log_in(client, passkey, userHandle=handle)).user_errors(LOGIN) == REFUSED, handle
    for name in ("signature", "authenticatorData"):
        for value in ("", "AAAA", None, 5):
            changed: dict[str, Any] = {name: value}
            assert (await log_in(client, passkey, **changed)).user_errors(LOGIN) == REFUSED
    assert (await log_in(client, passkey)).payload(LOGIN)


async def test_answer_is_accepted_once(app_fixture: AppFixture, passkey: SoftPasskey) -> None:
    client = app_fixture.client()
    answer = TRUE_AUTHENTICATOR.get(await options_of(client, START_LOGIN), passkey)
    responses = await asyncio.gather(*(send_login(client, copy.deepcopy(answer)) for _ in range(3)))
    assert sorted(response.user_errors(LOGIN) for response in responses) == [[], REFUSED, REFUSED]
    assert "used already" in (await send_login(client, answer)).data[LOGIN]["userErrors"][0]["message"]


@only_sqlite
async def test_challenges_of_other_purposes_are_refused(
    app_fixture: AppFixture, owner: Client, passkey: SoftPasskey
) -> None:
    answer = TRUE_AUTHENTICATOR.get(await options_of(owner, START_CONFIRMATION), passkey)
    assert (await send_login(app_fixture.client(), answer)).user_errors(LOGIN) == REFUSED
    answer = TRUE_AUTHENTICATOR.get(await options_of(app_fixture.client(), START_LOGIN), passkey)
    assert (await owner(CONFIRM_IDENTITY, input={"passkey": answer})).user_errors(CONFIRM) == REFUSED


async def test_counter_that_has_not_grown_is_refused_and_recorded(
    app_fixture: AppFixture, app: FastAPI, owner: Client, passkey: SoftPasskey
) -> None:
    client = app_fixture.client()
    passkey.sign_count = 2**32 - 2
    assert (await log_in(client, passkey)).payload(LOGIN)
    for count in (2**32 - 2, 1, 0):
        copied = replace(passkey, sign_count=count)
        response = await log_in(client, copied)
        assert response.user_errors(LOGIN) == REFUSED
        assert "copied" in response.data[LOGIN]["userErrors"][0]["message"]
    forged = SoftPasskey(passkey.user_handle, passkey.id)  # with another private key: no evidence of a copy
    assert (await log_in(client, forged)).user_errors(LOGIN) == REFUSED
    await settle(app)
    failed = [event for event in await own_events(owner) if event["kind"] == "LOGIN_FAILED"]
    assert [(event["detail"], event["count"]) for event in failed] == [("copied passkey: Laptop", 3)]
    passkey.sign_count += 1
    assert (await log_in(client, passkey)).payload(LOGIN)


@only_sqlite
async def test_inactive_users_and_removed_passkeys_are_refused(
    app_fixture: AppFixture, app: FastAPI, owner: Client, passkey: SoftPasskey
) -> None:
    client, user = app_fixture.client(), table_of(User)
    await app_fixture.execute_sql(update(user).values(is_active=False))
    assert (await log_in(client, passkey)).user_errors(LOGIN) == REFUSED
    await app_fixture.execute_sql(update(user).values(is_active=True))
    await settle(app)
    (event,) = [event for event in await own_events(owner) if event["kind"] == "LOGIN_FAILED"]
    assert event["detail"] == "passkey: Laptop"
    answer = TRUE_AUTHENTICATOR.get(await options_of(client, START_LOGIN), passkey)
    (stored,) = await list_passkeys(owner)
    assert (await owner(DELETE_PASSKEY, id=stored["id"])).payload("deletePasskey")
    assert (await send_login(client, answer)).user_errors(LOGIN) == REFUSED
    assert (await log_in(client, passkey)).user_errors(LOGIN) == REFUSED


@only_sqlite
async def test_passkey_confirms_the_identity(app_fixture: AppFixture, owner: Client, passkey: SoftPasskey) -> None:
    user = app_fixture.tenant.users[Role.OWNER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(*enrolled_rows(user)))
    await age_proofs(app_fixture)
    assert extensions(await create_key(owner)) == STEP_UP
    unverified = Authenticator(flags=USER_PRESENT)
    assert (await confirm(owner, passkey, unverified)).user_errors(CONFIRM) == REFUSED
    assert extensions(await create_key(owner)) == STEP_UP
    (permitted,) = (await options_of(owner, START_CONFIRMATION))["allowCredentials"]
    assert permitted["id"] == to_base64url(passkey.id)
    assert (await confirm(owner, passkey)).payload(CONFIRM)["done"]
    assert (await create_key(owner)).payload("createApiKey")


@only_sqlite
async def test_passkeys_of_others_confirm_nothing(
    app_fixture: AppFixture, app: FastAPI, owner: Client, passkey: SoftPasskey
) -> None:
    member = app_fixture.tenant.client()
    response = await member(START_CONFIRMATION)
    assert response.user_errors("startPasskeyConfirmation") == [("WRONG_STATUS", [])]
    own = await add(member, "Phone")
    await age_proofs(app_fixture)
    assert (await confirm(member, passkey)).user_errors(CONFIRM) == REFUSED
    options = await options_of(owner, START_CONFIRMATION)
    answer = TRUE_AUTHENTICATOR.get(options, own)
    assert (await member(CONFIRM_IDENTITY, input={"passkey": answer})).user_errors(CONFIRM) == REFUSED
    own.sign_count = 5
    assert (await confirm(member, own)).payload(CONFIRM)
    assert (await confirm(member, own)).user_errors(CONFIRM) == REFUSED
    await settle(app)
    (event,) = [event for event in await own_events(member) if event["kind"] == "SECOND_FACTOR_FAILED"]
    assert event["detail"] == "copied passkey: Phone"


async def test_uses_at_the_same_time_store_the_newest_counter(app_fixture: AppFixture, passkey: SoftPasskey) -> None:
    client = app_fixture.client()
    counts = range(1, 5)
    answers = [
        TRUE_AUTHENTICATOR.get(await options_of(client, START_LOGIN), replace(passkey, sign_count=count))
        for count in counts
    ]
    await asyncio.gather(*(send_login(client, answer) for answer in answers))
    ((stored,),) = await app_fixture.fetch_rows(select(table_of(Passkey).c.sign_count))
    assert stored == max(counts)
