"""Password resets of users with a second factor."""

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import User
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from tests.sign_in.helpers import MEMBER, own_events
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.second_factor_rows import enrolled_rows

NEW_PASSWORD = "Another-horse-3!"


async def reset_and_log_in(app_fixture: AppFixture, emails: EmailCapture) -> GraphQLResponse:
    """Set a new password with the link in an email, and sign in with it."""
    client = app_fixture.client()
    await client(documents.REQUEST_PASSWORD_RESET, input={"email": MEMBER})
    values = {"token": (await emails.last_email(MEMBER)).link_token, "newPassword": NEW_PASSWORD}
    assert (await client(documents.RESET_PASSWORD, input=values)).payload("resetPassword")
    return await client(documents.LOGIN, input={"email": MEMBER, "password": NEW_PASSWORD})


@pytest.mark.parametrize("is_verified", [True, False])
async def test_only_a_second_factor_of_the_owner_of_the_address_remains(
    app_fixture: AppFixture, app: FastAPI, caplog: pytest.LogCaptureFixture, *, is_verified: bool
) -> None:
    """Someone registers with the address of another person, and enables a second factor: that person must be able to
    sign in nevertheless."""
    verified_at = utc_now() if is_verified else None
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=verified_at))
    rows = enrolled_rows(app_fixture.tenant.users[Role.MEMBER])
    await app_fixture.tenant.run_use_case(lambda work: work.add(*rows))
    response = await reset_and_log_in(app_fixture, EmailCapture(app, caplog))
    if is_verified:
        assert response.user_errors("login") == [("SECOND_FACTOR_REQUIRED", ["input", "code"])]
        return
    token = response.payload("login")["accessToken"]
    kinds = [event["kind"] for event in await own_events(app_fixture.client().with_token(token))]
    assert "SECOND_FACTOR_DISABLED" in kinds
