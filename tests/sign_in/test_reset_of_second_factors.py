"""Password resets of users with a second factor."""

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import SecondFactor, User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from tests.sign_in.helpers import MEMBER
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.second_factor_rows import CIPHER, NEW_SECRET, code_of, enrolled_rows
from tests.support.second_factors import CONFIRM, START

NEW_PASSWORD = "Another-horse-3!"


async def reset_and_log_in(app_fixture: AppFixture, emails: EmailCapture) -> GraphQLResponse:
    """Set a new password with the link in an email, and sign in with it."""
    client = app_fixture.client()
    await client(documents.REQUEST_PASSWORD_RESET, input={"email": MEMBER})
    values = {"token": (await emails.last_email(MEMBER)).link_token, "newPassword": NEW_PASSWORD}
    assert (await client(documents.RESET_PASSWORD, input=values)).payload("resetPassword")
    return await client(documents.LOGIN, input={"email": MEMBER, "password": NEW_PASSWORD})


async def test_second_factor_remains_after_a_reset(
    app_fixture: AppFixture, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=utc_now()))
    rows = enrolled_rows(app_fixture.tenant.users[Role.MEMBER])
    await app_fixture.tenant.run_use_case(lambda work: work.add(*rows))
    response = await reset_and_log_in(app_fixture, EmailCapture(app, caplog))
    assert response.user_errors("login") == [("SECOND_FACTOR_REQUIRED", ["input", "code"])]


async def test_secret_of_a_user_without_a_verified_address_is_not_confirmed(app_fixture: AppFixture) -> None:
    """Versions before this rule let such users start."""
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=None))
    user_id = app_fixture.tenant.users[Role.MEMBER].id
    started = SecondFactor(user_id=user_id, new_secret=CIPHER.encrypt(NEW_SECRET, user_id))
    await app_fixture.tenant.run_use_case(lambda work: work.add(started))
    confirmed = await app_fixture.tenant.client()(CONFIRM, input={"code": code_of(NEW_SECRET)})
    assert confirmed.user_errors("confirmTwoFactor") == [("WRONG_STATUS", [])]


async def test_owner_of_an_address_is_not_locked_out_by_someone_who_registered_with_it(
    app_fixture: AppFixture, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """The owner opens the link that verifies the address, without being signed in, and sets a new password."""
    client, emails = app_fixture.tenant.client(), EmailCapture(app, caplog)
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=None))
    started = await client(START, input={"currentPassword": PASSWORD})
    assert started.user_errors("startTwoFactor") == [("WRONG_STATUS", [])]
    await client(documents.REQUEST_EMAIL_VERIFICATION)
    values = {"token": (await emails.last_email(MEMBER)).link_token}
    assert (await app_fixture.client()(documents.VERIFY_EMAIL, input=values)).error_codes == ["UNAUTHENTICATED"]
    again = await client(START, input={"currentPassword": PASSWORD})
    assert again.user_errors("startTwoFactor") == [("WRONG_STATUS", [])]
    response = await reset_and_log_in(app_fixture, emails)
    assert response.payload("login")["accessToken"]
