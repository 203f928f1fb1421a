"""Password reset and email verification: tokens are bound to one purpose, one email and a short time."""

from typing import Any

import pytest
from sqlalchemy import select, update

from models import EmailToken, User
from models.base import utc_now
from models.email_token import Purpose
from models.membership import Role
from models.relations import table_of
from services.core.background import BackgroundTasks
from services.people import secrets
from tests.api.emails.conftest import SITE
from tests.api.emails.test_registration_and_profile import EMAIL, NEW_PASSWORD, login, register, user_row
from tests.support import documents
from tests.support.app_fixture import ONE_HOUR, PASSWORD, AppFixture
from tests.support.smtp_server import SmtpServer


async def request_reset(app_fixture: AppFixture, email: str, background_tasks: BackgroundTasks) -> Any:
    response = (await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": email})).payload(
        "requestPasswordReset"
    )
    await background_tasks.drain()
    return response


def reset_password(app_fixture: AppFixture, token: str, password: str = NEW_PASSWORD) -> Any:
    return app_fixture.client()(documents.RESET_PASSWORD, input={"token": token, "newPassword": password})


async def test_password_reset_sets_password_and_revokes_all_sessions(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    member_client = app_fixture.tenant.client()
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=None))
    assert await request_reset(app_fixture, f" {EMAIL.upper()}", background_tasks) == {"done": True, "userErrors": []}
    token = smtp_server.link_token(EMAIL)
    assert f"{SITE}/reset-password#token={token}" in smtp_server.emails_to(EMAIL)[-1].get_content()
    assert (await reset_password(app_fixture, token)).payload("resetPassword") == {"done": True, "userErrors": []}
    assert (await member_client(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    (await login(app_fixture, EMAIL, NEW_PASSWORD)).payload("login")
    assert (await user_row(app_fixture, EMAIL)).email_verified_at is not None
    assert (await reset_password(app_fixture, token)).user_errors("resetPassword") == [("INVALID", ["input", "token"])]


async def test_reset_request_does_not_reveal_whether_email_is_registered(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    user = table_of(User)
    await app_fixture.execute_sql(update(user).where(user.c.email == "admin@here.test").values(is_active=False))
    for email in (EMAIL, "unknown@here.test", "admin@here.test"):
        assert await request_reset(app_fixture, email, background_tasks) == {"done": True, "userErrors": []}
    assert [message["To"] for message in smtp_server.emails] == [EMAIL]
    response = await app_fixture.client()(documents.REQUEST_PASSWORD_RESET, input={"email": "no address"})
    assert response.user_errors("requestPasswordReset") == [("INVALID", ["input", "email"])]


async def test_rejected_password_does_not_consume_token(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    await request_reset(app_fixture, EMAIL, background_tasks)
    token = smtp_server.link_token(EMAIL)
    assert (await reset_password(app_fixture, token, "Password1!")).user_errors("resetPassword") == [
        ("INVALID", ["input", "newPassword"])
    ]
    assert (await reset_password(app_fixture, token)).payload("resetPassword")


async def test_token_is_bound_to_purpose_expiry_email_and_active_user(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    email_token, user = table_of(EmailToken), table_of(User)
    await request_reset(app_fixture, EMAIL, background_tasks)
    token = smtp_server.link_token(EMAIL)
    is_current_token = email_token.c.hash == secrets.hash_secret(token)
    invalid_token_error = [("INVALID", ["input", "token"])]
    for columns in ({"expires_at": utc_now()}, {"used_at": utc_now()}, {"email": "old@here.test"}):
        ((row),) = [row._mapping for row in await app_fixture.fetch_rows(select(email_token).where(is_current_token))]
        await app_fixture.execute_sql(update(email_token).where(is_current_token).values(**columns))
        assert (await reset_password(app_fixture, token)).user_errors("resetPassword") == invalid_token_error, columns
        await app_fixture.execute_sql(update(email_token).where(is_current_token).values(dict(row)))
    verification = await app_fixture.tenant.client()(documents.VERIFY_EMAIL, input={"token": token})
    assert verification.user_errors("verifyEmail") == invalid_token_error
    await app_fixture.execute_sql(update(user).where(user.c.email == EMAIL).values(is_active=False))
    assert (await reset_password(app_fixture, token)).user_errors("resetPassword") == invalid_token_error
    for invalid_token in ("", "x", token[:-1], "☃", "x" * 10_000, (token + " ")):
        assert (await reset_password(app_fixture, invalid_token)).user_errors("resetPassword") == invalid_token_error


async def test_password_change_invalidates_earlier_email_tokens(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    """An attacker with a stolen session could have requested an email token, also for their own address."""
    member_client = app_fixture.tenant.client()
    await member_client(documents.UPDATE_VIEWER, input={"email": "attacker@evil.test", "currentPassword": PASSWORD})
    await request_reset(app_fixture, EMAIL, background_tasks)
    token = smtp_server.link_token(EMAIL)
    await member_client(documents.CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD})
    invalid_token_error = [("INVALID", ["input", "token"])]
    assert (await reset_password(app_fixture, token)).user_errors("resetPassword") == invalid_token_error
    verification = await member_client(
        documents.VERIFY_EMAIL, input={"token": smtp_server.link_token("attacker@evil.test")}
    )
    assert verification.user_errors("verifyEmail") == invalid_token_error


async def test_only_hashes_of_email_tokens_are_stored(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    await request_reset(app_fixture, EMAIL, background_tasks)
    token = smtp_server.link_token(EMAIL)
    rows = [dict(row._mapping) for row in await app_fixture.fetch_rows(select(table_of(EmailToken)))]
    assert token not in str(rows)
    (email_token,) = [row for row in rows if row["hash"] == secrets.hash_secret(token)]
    assert email_token["purpose"] is Purpose.RESET_PASSWORD
    assert utc_now() < email_token["expires_at"] <= utc_now() + ONE_HOUR


async def test_verification_email_can_be_requested_until_email_is_verified(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    member_client = app_fixture.tenant.client(Role.ADMIN)
    await app_fixture.execute_sql(update(table_of(User)).values(email_verified_at=None))
    for _ in range(2):
        assert (await member_client(documents.REQUEST_EMAIL_VERIFICATION)).payload("requestEmailVerification")[
            "done"
        ] is True
    await background_tasks.drain()
    first, second = (email.get_content() for email in smtp_server.emails_to("admin@here.test"))
    assert first != second
    assert (
        await member_client(documents.VERIFY_EMAIL, input={"token": smtp_server.link_token("admin@here.test")})
    ).payload("verifyEmail")
    assert (await member_client(documents.REQUEST_EMAIL_VERIFICATION)).payload("requestEmailVerification")[
        "done"
    ] is False


async def test_email_delivery_failure_does_not_fail_request(
    app_fixture: AppFixture,
    smtp_server: SmtpServer,
    background_tasks: BackgroundTasks,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def reject(*_: Any) -> str:
        return "554 rejected"

    monkeypatch.setattr(smtp_server, "handle_DATA", reject)
    assert (await register(app_fixture)).payload("register")
    await background_tasks.drain()
    assert "sending an email failed" in caplog.text
