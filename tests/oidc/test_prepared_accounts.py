"""Someone registers with the address of another person, and waits for that person to use the account."""

import asyncio
from typing import Any

from sqlalchemy import select, update

from models import EmailToken, LinkedIssuer, User
from models.base import utc_now
from models.relations import table_of
from tests.oidc.conftest import SignIn
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.issuer_documents import LINK_ISSUER
from tests.support.issuer_keys import id_token
from tests.support.second_factors import START
from tests.support.webhook_documents import CREATE_WEBHOOK

VICTIM = "victim@new.test"
REGISTRATION, OWN = {"email": VICTIM, "fullName": "Ada", "password": PASSWORD}, "Owners-spade-7!"
VERIFY, LOGIN, ISSUER = "verifyEmail", "login", "loginWithIssuer"
INVALID = [("INVALID", ["input", "token"])]


async def register_attacker(app_fixture: AppFixture) -> Client:
    """Register with the address of another person."""
    registered = (await app_fixture.client()(documents.REGISTER, input=REGISTRATION)).payload("register")
    return app_fixture.client().with_token(registered["accessToken"])


async def verify(client: Client, token: str) -> Any:
    return await client(documents.VERIFY_EMAIL, input={"token": token})


async def is_verified(app_fixture: AppFixture, email: str = VICTIM) -> bool:
    user = table_of(User)
    rows = await app_fixture.fetch_rows(select(user.c.email_verified_at).where(user.c.email == email))
    return any(row.email_verified_at is not None for row in rows)


async def take_over(app_fixture: AppFixture, email_capture: EmailCapture) -> Client:
    """Set a new password with an email, and sign in with it."""
    await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": VICTIM})
    token = (await email_capture.last_email(VICTIM)).link_token
    reset = await app_fixture.client()(documents.RESET_PASSWORD, input={"token": token, "newPassword": OWN})
    assert reset.payload("resetPassword")
    return await log_in(app_fixture, OWN)


async def log_in(app_fixture: AppFixture, password: str) -> Client:
    signed_in = await app_fixture.client()(documents.LOGIN, input={"email": VICTIM, "password": password})
    return app_fixture.client().with_token(signed_in.payload(LOGIN)["accessToken"])


async def test_opened_link_links_no_issuer_to_an_account_whose_password_an_attacker_knows(
    app_fixture: AppFixture, sign_in: SignIn, email_capture: EmailCapture
) -> None:
    """The owner of the address opens the link of the attacker's registration, and then signs in with an issuer."""
    attacker = await register_attacker(app_fixture)
    token = (await email_capture.last_email(VICTIM)).link_token
    assert (await verify(app_fixture.client(), token)).error_codes == ["UNAUTHENTICATED"]
    assert not await is_verified(app_fixture)
    refused = await sign_in(id_token("victim", VICTIM))
    assert refused.user_errors(ISSUER) == [("BAD_CREDENTIALS", ["input", "idToken"])]
    assert await app_fixture.fetch_rows(select(table_of(LinkedIssuer))) == []

    await take_over(app_fixture, email_capture)
    linked = (await sign_in(id_token("victim", VICTIM))).payload(ISSUER)
    assert linked["user"]["email"] == VICTIM
    assert (await attacker(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    again = await app_fixture.client()(documents.LOGIN, input={"email": VICTIM, "password": PASSWORD})
    assert again.user_errors(LOGIN) == [("BAD_CREDENTIALS", ["input"])]


async def test_link_works_for_the_registered_user_only_and_once(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    attacker = await register_attacker(app_fixture)
    token = (await email_capture.last_email(VICTIM)).link_token
    for other in (app_fixture.tenant.client(), app_fixture.other_tenant.client()):
        refused = await verify(other, token)
        assert refused.user_errors(VERIFY) == INVALID
        assert "another account" in refused.data[VERIFY]["userErrors"][0]["message"]
    for wrong in ("", "x", token[:-1], token + " ", "☃"):
        assert (await verify(attacker, wrong)).user_errors(VERIFY) == INVALID
    assert not await is_verified(app_fixture)
    on_another_device = await log_in(app_fixture, PASSWORD)
    assert (await verify(on_another_device, token)).payload(VERIFY)["user"]["email"] == VICTIM
    assert await is_verified(app_fixture)
    repeated = await verify(attacker, token)
    assert repeated.user_errors(VERIFY) == INVALID
    assert "already been used" in repeated.data[VERIFY]["userErrors"][0]["message"]


async def test_link_expires_and_tokens_of_other_purposes_do_not_verify(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    attacker = await register_attacker(app_fixture)
    token, table = (await email_capture.last_email(VICTIM)).link_token, table_of(EmailToken)
    await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": VICTIM})
    reset_token = (await email_capture.last_email(VICTIM)).link_token
    assert (await verify(attacker, reset_token)).user_errors(VERIFY) == INVALID
    await app_fixture.execute_sql(update(table).values(expires_at=utc_now()))
    assert (await verify(attacker, token)).user_errors(VERIFY) == INVALID
    assert "expired" in (await verify(app_fixture.tenant.client(), token)).data[VERIFY]["userErrors"][0]["message"]
    assert not await is_verified(app_fixture)


async def test_of_concurrent_uses_of_a_link_one_succeeds(app_fixture: AppFixture, email_capture: EmailCapture) -> None:
    attacker = await register_attacker(app_fixture)
    token = (await email_capture.last_email(VICTIM)).link_token
    answers = await asyncio.gather(*(verify(attacker, token) for _ in range(4)))
    outcomes = [answer.user_errors(VERIFY) for answer in answers]
    assert sorted(outcomes) == [[], INVALID, INVALID, INVALID]


async def test_repeated_request_with_an_idempotency_key_is_replayed(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    attacker = await register_attacker(app_fixture)
    token = (await email_capture.last_email(VICTIM)).link_token
    with_key = attacker.with_headers(**{"Idempotency-Key": "verify"})
    for _ in range(2):
        assert (await verify(with_key, token)).payload(VERIFY)["user"]["email"] == VICTIM


async def test_address_of_another_person_is_not_taken_by_a_change(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    """Someone changes the address to that of another person, who opens the link without being signed in."""
    attacker = app_fixture.tenant.client()
    change = {"email": VICTIM, "currentPassword": PASSWORD}
    assert (await attacker(documents.UPDATE_VIEWER, input=change)).payload("updateViewer")
    token = (await email_capture.last_email(VICTIM)).link_token
    assert (await verify(app_fixture.client(), token)).error_codes == ["UNAUTHENTICATED"]
    assert (await app_fixture.client()(documents.REGISTER, input=REGISTRATION)).payload("register")
    assert (await verify(attacker, token)).user_errors(VERIFY) == [("TAKEN", ["input", "email"])]


async def test_link_that_the_attacker_has_requested_before_is_void_after_the_password_was_reset(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    """The attacker prepares a change to an address of their own, and would open its link later."""
    attacker = await register_attacker(app_fixture)
    change = {"email": "attacker@evil.test", "currentPassword": PASSWORD}
    assert (await attacker(documents.UPDATE_VIEWER, input=change)).payload("updateViewer")
    token = (await email_capture.last_email("attacker@evil.test")).link_token
    owner = await take_over(app_fixture, email_capture)
    assert (await verify(attacker, token)).error_codes == ["UNAUTHENTICATED"]
    assert (await verify(owner, token)).user_errors(VERIFY) == INVALID
    assert (await owner(documents.VIEWER)).data["viewer"]["email"] == VICTIM


async def test_nothing_is_created_that_would_outlast_the_password(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    """An attacker who has the first password creates a tenant, but no access that remains after the owner of the
    address has taken the account over."""
    attacker = await register_attacker(app_fixture)
    created = await attacker(documents.CREATE_TENANT, input={"name": "Trap", "slug": "trap"})
    assert created.payload("createTenant")
    for document, values in OUTLASTING.items():
        refused = await attacker(document, input=values)
        (payload,) = refused.data.values()
        assert [error["code"] for error in payload["userErrors"]] == ["WRONG_STATUS"], document
        assert "Verify your email address first" in payload["userErrors"][0]["message"]
    owner = await take_over(app_fixture, email_capture)
    for document, values in OUTLASTING.items():
        if document is not LINK_ISSUER:
            (payload,) = (await owner(document, input=values | own_password(values))).data.values()
            assert payload["userErrors"] == [], document


def own_password(values: dict[str, Any]) -> dict[str, Any]:
    return {"currentPassword": OWN} if "currentPassword" in values else {}


OUTLASTING: dict[str, dict[str, Any]] = {
    documents.CREATE_API_KEY: {"name": "Key", "role": "OWNER"},
    documents.INVITE_MEMBER: {"email": "friend@evil.test", "role": "OWNER"},
    CREATE_WEBHOOK: {"url": "https://hooks.example.com/x"},
    START: {"currentPassword": PASSWORD},
    LINK_ISSUER: {"idToken": id_token("s"), "currentPassword": PASSWORD},
}
