"""The second factor: enrolment, and codes at sign-in."""

import asyncio
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from models import RecoveryCode, SecondFactor, Session, Throttle, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from server.config.paths import PROJECT_ROOT
from services.people import totp
from tests.docs.blocks import parse_blocks
from tests.sign_in.helpers import MEMBER, OWNER, own_events, settle
from tests.support import documents
from tests.support.app_fixture import ONE_HOUR, PASSWORD, AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.memberships import make_superuser
from tests.support.second_factor_rows import NEW_SECRET, RECOVERY, SECRET, code_of, enrolled_rows
from tests.support.second_factors import CONFIRM, DISABLE, REGENERATE, START, TWO_FACTOR

REQUIRED = [("SECOND_FACTOR_REQUIRED", ["input", "code"])]
BAD = [("BAD_CODE", ["input", "code"])]


@pytest.fixture(autouse=True)
async def _verified_emails(app_fixture: AppFixture) -> None:
    """All users have verified their email addresses."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))


@pytest.fixture
def email_capture(app: FastAPI, caplog: pytest.LogCaptureFixture) -> EmailCapture:
    """Captures the emails that the application sends."""
    return EmailCapture(app, caplog)


@pytest.fixture
async def member(app_fixture: AppFixture) -> Client:
    """A signed-in member with a second factor: SECRET, RECOVERY, and NEW_SECRET that is not confirmed."""
    rows = enrolled_rows(app_fixture.tenant.users[Role.MEMBER])
    await app_fixture.tenant.run_use_case(lambda work: work.add(*rows))
    return app_fixture.tenant.client()


async def log_in(app_fixture: AppFixture, code: str | None = None, password: str = PASSWORD) -> GraphQLResponse:
    values = {"email": MEMBER, "password": password} | ({} if code is None else {"code": code})
    return await app_fixture.client()(documents.LOGIN, input=values)


async def state_of(client: Client) -> tuple[bool, int]:
    state = (await client(TWO_FACTOR)).data["viewer"]["twoFactor"]
    return state["isEnabled"], state["recoveryCodesLeft"]


async def count(app_fixture: AppFixture, model: Any) -> int:
    ((number,),) = await app_fixture.fetch_rows(select(func.count()).select_from(table_of(model)))
    return int(number)


async def test_enrolment_and_sign_in(app_fixture: AppFixture, app: FastAPI, email_capture: EmailCapture) -> None:
    client = app_fixture.tenant.client()
    assert await state_of(client) == (False, 0)
    started = (await client(START, input={"currentPassword": PASSWORD})).payload("startTwoFactor")
    parameters = parse_qs(urlsplit(started["uri"]).query)
    assert parameters["secret"] == [started["secret"]]
    assert MEMBER in started["uri"].replace("%40", "@")
    assert (await log_in(app_fixture)).payload("login")  # it has no effect before it is confirmed
    assert await state_of(client) == (False, 0)
    confirmed = (await client(CONFIRM, input={"code": code_of(started["secret"], -1)})).payload("confirmTwoFactor")
    codes = confirmed["recoveryCodes"]
    assert len(set(codes)) == 10
    assert confirmed["user"]["twoFactor"] == {"isEnabled": True, "recoveryCodesLeft": 10}
    assert (await log_in(app_fixture)).user_errors("login") == REQUIRED
    code = code_of(started["secret"])
    assert (await log_in(app_fixture, f" {code[:3]} {code[3:]} ")).payload("login")["accessToken"]
    assert (await log_in(app_fixture, codes[0].upper().replace("-", " "))).payload("login")
    assert await state_of(client) == (True, 9)
    assert (await client(DISABLE, input={"code": codes[1]})).payload("disableTwoFactor")
    assert await state_of(client) == (False, 0)
    assert (await log_in(app_fixture)).payload("login")
    subjects = [email.subject for email in await email_capture.sent_emails()]
    assert subjects == ["Your second factor is enabled", "Your second factor was disabled"]
    kinds = [event["kind"] for event in await own_events(client)]
    expected = ["SECOND_FACTOR_DISABLED", "RECOVERY_CODE_USED", "RECOVERY_CODE_USED", "SECOND_FACTOR_ENABLED"]
    assert [kind for kind in kinds if kind != "LOGGED_IN"] == expected


async def test_snippet_of_the_documentation_enables_the_second_factor(app_fixture: AppFixture) -> None:
    page = (PROJECT_ROOT / "docs/auth.md").read_text(encoding="utf-8")
    (block,) = [each for each in parse_blocks(page) if each.language == "python"]
    functions: dict[str, Any] = {}
    exec(block.text, functions)  # noqa: S102
    client = app_fixture.tenant.client()

    async def graphql(document: str, values: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = (await client(document, input=values)).data
        return data

    app, codes = await functions["enable"](graphql, PASSWORD)
    for code in (codes[0], app.at(int(time.time()) + totp.STEP_SECONDS)):
        assert (await functions["log_in"](graphql, MEMBER, PASSWORD, lambda: code))["accessToken"]  # noqa: B023
    assert await state_of(client) == (True, 9)


async def test_stored_rows_reveal_neither_secret_nor_recovery_codes(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    secret = (await client(START, input={"currentPassword": PASSWORD})).payload("startTwoFactor")["secret"]
    confirmed = (await client(CONFIRM, input={"code": code_of(secret)})).payload("confirmTwoFactor")
    stored = str([await app_fixture.fetch_rows(select(table_of(model))) for model in (SecondFactor, RecoveryCode)])
    for text in (secret, *confirmed["recoveryCodes"]):
        assert text not in stored
        assert totp.normalize_code(text) not in stored


async def test_code_is_asked_for_only_if_the_password_is_right(app_fixture: AppFixture, member: Client) -> None:
    for code in (None, "", "000000", code_of(SECRET), RECOVERY):
        response = await log_in(app_fixture, code, "Wrong-horse-1!")
        assert response.user_errors("login") == [("BAD_CREDENTIALS", ["input"])]
    assert (await log_in(app_fixture, code_of(SECRET))).payload("login")  # none of them was used
    assert await state_of(member) == (True, 1)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    "code", ["000000x", "12345", "1234567", "١٢٣٤٥٦", "abcd-efgh-ijkm-npqq", "x" * 10_000, "\N{PILE OF POO}", "-"]
)
async def test_wrong_code_is_refused_and_recorded(
    app_fixture: AppFixture, app: FastAPI, member: Client, code: str
) -> None:
    assert (await log_in(app_fixture, code)).user_errors("login") == BAD
    await settle(app)
    assert [event["kind"] for event in await own_events(member)] == ["SECOND_FACTOR_FAILED"]
    assert await count(app_fixture, Session) == len(app_fixture.session_ids)


async def test_empty_code_is_a_missing_one(app_fixture: AppFixture, member: Client) -> None:
    for code in (None, ""):
        assert (await log_in(app_fixture, code)).user_errors("login") == REQUIRED


async def test_code_works_once(app_fixture: AppFixture, member: Client) -> None:
    code, older = code_of(SECRET), code_of(SECRET, -1)
    assert (await log_in(app_fixture, code)).payload("login")
    for replayed in (code, older):
        assert (await log_in(app_fixture, replayed)).user_errors("login") == BAD
    assert (await log_in(app_fixture, code_of(SECRET, 1))).payload("login")


@pytest.mark.parametrize("code", [RECOVERY, "of the app"])
async def test_of_concurrent_uses_of_a_code_one_succeeds(app_fixture: AppFixture, member: Client, code: str) -> None:
    code = RECOVERY if code == RECOVERY else code_of(SECRET)
    responses = await asyncio.gather(*(log_in(app_fixture, code) for _ in range(4)))
    errors = [response.user_errors("login") for response in responses]
    assert sorted(errors) == [[], BAD, BAD, BAD]


async def test_clocks_may_differ_by_one_step(
    app_fixture: AppFixture, member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for steps, is_valid in ((-2, False), (2, False), (-1, True), (0, True), (1, True)):
        response = await log_in(app_fixture, code_of(SECRET, steps))
        assert (response.user_errors("login") == []) is is_valid, steps


async def test_codes_cannot_be_guessed(app_fixture: AppFixture, member: Client) -> None:
    """After ten wrong codes, one an hour is accepted, from any address. Recovery codes still work."""
    errors = [(await log_in(app_fixture, "000000")).error_codes for _ in range(11)]
    assert errors == [[]] * 10 + [["RATE_LIMITED"]]
    limited = await log_in(app_fixture, code_of(SECRET))
    assert limited.error_codes == ["RATE_LIMITED"]
    assert limited.body["errors"][0]["extensions"]["retryAfter"] > 3500
    assert (await member(DISABLE, input={"code": code_of(SECRET)})).error_codes == ["RATE_LIMITED"]
    assert (await log_in(app_fixture)).user_errors("login") == REQUIRED  # asking for a code is not an attempt
    assert (await log_in(app_fixture, RECOVERY)).payload("login")
    throttle = table_of(Throttle)
    later = throttle.c.theoretical_arrival - 3_700_000
    await app_fixture.execute_sql(update(throttle).values(theoretical_arrival=later))
    assert (await log_in(app_fixture, code_of(SECRET))).payload("login")


async def test_right_code_resets_the_limit(app_fixture: AppFixture, member: Client) -> None:
    for _ in range(9):
        await log_in(app_fixture, "000000")
    assert (await log_in(app_fixture, code_of(SECRET))).payload("login")
    for _ in range(10):
        assert (await log_in(app_fixture, "000000")).error_codes == []


async def test_enrolment_requires_the_password_and_the_current_code(app_fixture: AppFixture, member: Client) -> None:
    refused = {"startTwoFactor": [("BAD_CREDENTIALS", ["input", "currentPassword"])]}
    for values in ({}, {"currentPassword": "Wrong-horse-1!", "code": code_of(SECRET)}):
        assert (await member(START, input=values)).user_errors("startTwoFactor") == refused["startTwoFactor"]
    assert (await member(START, input={"currentPassword": PASSWORD})).user_errors("startTwoFactor") == REQUIRED
    bad = await member(START, input={"currentPassword": PASSWORD, "code": code_of(NEW_SECRET)})
    assert bad.user_errors("startTwoFactor") == BAD
    assert (await log_in(app_fixture, code_of(SECRET))).payload("login")


async def test_another_app_replaces_the_current_one_when_it_is_confirmed(
    app_fixture: AppFixture, member: Client
) -> None:
    values = {"currentPassword": PASSWORD, "code": code_of(SECRET)}
    secret = (await member(START, input=values)).payload("startTwoFactor")["secret"]
    assert (await member(CONFIRM, input={"code": code_of(NEW_SECRET)})).user_errors("confirmTwoFactor") == BAD
    assert (await log_in(app_fixture, code_of(SECRET, 1))).payload("login")
    assert (await member(CONFIRM, input={"code": code_of(secret)})).payload("confirmTwoFactor")
    for code in (code_of(SECRET, 1), RECOVERY):
        assert (await log_in(app_fixture, code)).user_errors("login") == BAD
    assert (await log_in(app_fixture, code_of(secret, 1))).payload("login")


async def test_of_two_confirmations_at_once_one_succeeds(app_fixture: AppFixture, member: Client) -> None:
    code = code_of(NEW_SECRET)
    responses = await asyncio.gather(*(member(CONFIRM, input={"code": code}) for _ in range(3)))
    payloads = [response.data["confirmTwoFactor"] for response in responses]
    assert sorted(len(payload["recoveryCodes"] or []) for payload in payloads) == [0, 0, 10]
    assert await count(app_fixture, RecoveryCode) == 10


async def test_mutations_need_the_right_state(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    wrong_status: list[tuple[str, list[str]]] = [("WRONG_STATUS", [])]
    assert (await client(CONFIRM, input={"code": "123456"})).user_errors("confirmTwoFactor") == wrong_status
    assert (await client(DISABLE, input={"code": "123456"})).user_errors("disableTwoFactor") == wrong_status
    response = await client(REGENERATE, input={"code": "123456"})
    assert response.user_errors("regenerateRecoveryCodes") == wrong_status
    assert (await log_in(app_fixture, "123456")).payload("login")  # who has no second factor needs no right code


async def test_new_recovery_codes_void_the_previous_ones(app_fixture: AppFixture, member: Client) -> None:
    created = (await member(REGENERATE, input={"code": code_of(SECRET)})).payload("regenerateRecoveryCodes")
    assert await state_of(member) == (True, 10)
    assert (await log_in(app_fixture, RECOVERY)).user_errors("login") == BAD
    assert (await log_in(app_fixture, created["recoveryCodes"][9])).payload("login")


async def test_codes_of_one_user_are_useless_for_another(app_fixture: AppFixture, member: Client) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    rows = enrolled_rows(app_fixture.tenant.users[Role.OWNER])
    await app_fixture.tenant.run_use_case(lambda work: work.add(*rows))
    created = (await member(REGENERATE, input={"code": code_of(SECRET)})).payload("regenerateRecoveryCodes")
    for document, name in ((DISABLE, "disableTwoFactor"), (REGENERATE, "regenerateRecoveryCodes")):
        assert (await owner(document, input={"code": created["recoveryCodes"][0]})).user_errors(name) == BAD
        assert (await app_fixture.client()(document, input={"code": RECOVERY})).error_codes == ["UNAUTHENTICATED"]
    assert await state_of(member) == (True, 10)
    assert await state_of(owner) == (True, 1)
    members = "{ tenant { members { nodes { user { email twoFactor { isEnabled } } } } } }"
    nodes = (await owner(members)).data["tenant"]["members"]["nodes"]
    assert [node["user"]["email"] for node in nodes if node["user"]["twoFactor"]] == [OWNER]


async def test_stolen_row_is_useless_for_another_user(app_fixture: AppFixture, member: Client) -> None:
    """A secret that was copied into the row of another user cannot be decrypted there."""
    table, owner = table_of(SecondFactor), app_fixture.tenant.users[Role.OWNER]
    await app_fixture.execute_sql(update(table).values(user_id=owner.id))
    values = {"email": OWNER, "password": PASSWORD, "code": code_of(SECRET)}
    assert (await app_fixture.client()(documents.LOGIN, input=values)).user_errors("login") == BAD


async def test_refreshes_need_no_code(app_fixture: AppFixture, member: Client) -> None:
    token = (await log_in(app_fixture, code_of(SECRET))).payload("login")["refreshToken"]
    assert (await app_fixture.client()(documents.REFRESH_SESSION, input={"refreshToken": token})).payload(
        "refreshSession"
    )


async def test_inactive_user_is_not_asked_for_a_code(app_fixture: AppFixture, member: Client) -> None:
    user = table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == MEMBER).values(is_active=False))
    for code in (None, code_of(SECRET), RECOVERY):
        assert (await log_in(app_fixture, code)).user_errors("login") == [("BAD_CREDENTIALS", ["input"])]
    assert (await member(DISABLE, input={"code": RECOVERY})).error_codes == ["UNAUTHENTICATED"]
    assert await count(app_fixture, RecoveryCode) == 1


async def test_user_without_password_must_have_signed_in_recently(app_fixture: AppFixture) -> None:
    client, user, session = app_fixture.tenant.client(), table_of(User), table_of(Session)
    await app_fixture.execute_sql(update(user).where(user.c.email == MEMBER).values(password_hash=None))
    await app_fixture.execute_sql(update(session).values(created_at=utc_now() - ONE_HOUR))
    refused = await client(START, input={})
    assert refused.user_errors("startTwoFactor") == [("REQUIRED", ["input", "currentPassword"])]
    await app_fixture.execute_sql(update(session).values(created_at=utc_now()))
    assert (await client(START, input={})).payload("startTwoFactor")["secret"]


async def test_second_factor_is_deleted_with_the_user(app_fixture: AppFixture, member: Client) -> None:
    await make_superuser(app_fixture, app_fixture.tenant.users[Role.OWNER])
    member_id = (await member("{ viewer { id } }")).data["viewer"]["id"]
    assert (await app_fixture.tenant.client(Role.OWNER)(documents.DELETE_USER, id=member_id)).payload("deleteUser")
    assert [await count(app_fixture, model) for model in (SecondFactor, RecoveryCode)] == [0, 0]
