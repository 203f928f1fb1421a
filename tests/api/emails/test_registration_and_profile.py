"""Users register, and update their own name, email and password."""

from typing import Any

import pytest
from sqlalchemy import func, select

from models import User
from models.relations import table_of
from services.core.background import BackgroundTasks
from services.people.passwords import MAX_LENGTH
from tests.api.emails.conftest import SENDER, SITE
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import GraphQLResponse
from tests.support.smtp_server import SmtpServer

EMAIL = "member@here.test"
REGISTRATION = {"email": "ada@example.test", "fullName": "Ada Beech", "password": "Blue-spade-7!"}
NEW_PASSWORD = "Green-rake-8!"


async def register(app_fixture: AppFixture, **values: Any) -> GraphQLResponse:
    return await app_fixture.client()(documents.REGISTER, input=REGISTRATION | values)


async def login(app_fixture: AppFixture, email: str, password: str) -> GraphQLResponse:
    return await app_fixture.client()(documents.LOGIN, input={"email": email, "password": password})


async def user_row(app_fixture: AppFixture, email: str) -> Any:
    (row,) = await app_fixture.fetch_rows(select(table_of(User)).where(table_of(User).c.email == email))
    return row


async def test_registered_user_is_signed_in_and_verifies_email(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    payload = (await register(app_fixture)).payload("register")
    assert payload["user"] == payload["user"] | {"email": REGISTRATION["email"], "emailVerifiedAt": None}
    assert payload["user"]["memberships"]["nodes"] == []
    client = app_fixture.client().with_token(payload["accessToken"])
    assert (await client(documents.VIEWER)).data["viewer"]["fullName"] == REGISTRATION["fullName"]
    await background_tasks.drain()
    (email,) = smtp_server.emails_to(REGISTRATION["email"])
    assert (email["From"], email["Auto-Submitted"]) == (SENDER, "auto-generated")
    assert f"{SITE}/verify-email#token=" in email.get_content()
    token = smtp_server.link_token(REGISTRATION["email"])
    verified = (await client(documents.VERIFY_EMAIL, input={"token": token})).payload("verifyEmail")
    assert verified["user"]["email"] == REGISTRATION["email"]
    assert (await client(documents.VIEWER)).data["viewer"]["emailVerifiedAt"]
    repeated = await client(documents.VERIFY_EMAIL, input={"token": token})
    assert repeated.user_errors("verifyEmail") == [("INVALID", ["input", "token"])]


async def test_email_is_registered_once_regardless_of_case(app_fixture: AppFixture) -> None:
    (await register(app_fixture, email="  Ada@Example.TEST ")).payload("register")
    for email in ("ada@example.test", "ADA@EXAMPLE.TEST", "Ada@example.test"):
        assert (await register(app_fixture, email=email)).user_errors("register") == [("TAKEN", ["input", "email"])]
        assert (await login(app_fixture, email, REGISTRATION["password"])).payload("login")["user"][
            "email"
        ] == "ada@example.test"
    assert (await register(app_fixture, email=EMAIL)).user_errors("register") == [("TAKEN", ["input", "email"])]


INVALID_REGISTRATIONS: list[tuple[dict[str, str], list[tuple[str, str]]]] = [
    ({"email": "ada"}, [("INVALID", "email")]),
    ({"email": "a" * 250 + "@example.test"}, [("TOO_LONG", "email")]),
    ({"email": ""}, [("INVALID", "email")]),
    ({"fullName": " "}, [("TOO_SHORT", "fullName")]),
    ({"fullName": "x" * 101}, [("TOO_LONG", "fullName")]),
    ({"fullName": "Ada\nBcc: all@example.test"}, [("INVALID", "fullName")]),
    ({"password": "Short1!"}, [("TOO_SHORT", "password")]),
    ({"password": f"Aa1!{'x' * MAX_LENGTH}"}, [("TOO_LONG", "password")]),
    ({"password": "lowercase-7!"}, [("INVALID", "password")]),
    ({"password": "No-digits-here!"}, [("INVALID", "password")]),
    ({"password": "NoSpecials77"}, [("INVALID", "password")]),
    ({"password": "Password1!"}, [("INVALID", "password")]),
    ({"password": "Beech-2026!"}, [("INVALID", "password")]),
    ({"password": "short", "email": "x"}, [("INVALID", "email"), ("TOO_SHORT", "password")]),
]


async def test_invalid_registration_is_rejected_with_reasons(
    subtests: pytest.Subtests, app_fixture: AppFixture
) -> None:
    for values, expected_errors in INVALID_REGISTRATIONS:
        with subtests.test(values=values):
            errors = (await register(app_fixture, **values)).user_errors("register")
            assert {(code, path[-1]) for code, path in errors} >= set(expected_errors)
            assert {path[-1] for _, path in errors} == {name for _, name in expected_errors}
            assert await app_fixture.fetch_rows(select(func.count()).select_from(table_of(User))) == [(6,)]


async def test_viewer_updates_own_name_but_no_protected_field(app_fixture: AppFixture) -> None:
    member_client = app_fixture.tenant.client()
    changed = (await member_client(documents.UPDATE_VIEWER, input={"fullName": "Mia"}, expectedVersion=1)).payload(
        "updateViewer"
    )
    assert (changed["user"]["fullName"], changed["user"]["version"]) == ("Mia", 2)
    stale = await member_client(documents.UPDATE_VIEWER, input={"fullName": "Max"}, expectedVersion=1)
    assert stale.user_errors("updateViewer") == [("CONFLICT", ["expectedVersion"])]
    assert stale.data["updateViewer"]["user"]["fullName"] == "Mia"
    null_name = await member_client(documents.UPDATE_VIEWER, input={"fullName": None})
    assert null_name.user_errors("updateViewer") == [("REQUIRED", ["input", "fullName"])]
    for name in ("isSuperuser", "isActive", "passwordHash", "emailVerifiedAt"):
        assert (await member_client(documents.UPDATE_VIEWER, input={name: True})).error_codes == ["BAD_USER_INPUT"]


async def test_new_email_takes_effect_after_verification(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    member_client, new_email = app_fixture.tenant.client(), "mia@example.test"
    values = {"email": f" {new_email.upper()}", "currentPassword": PASSWORD}
    payload = (await member_client(documents.UPDATE_VIEWER, input=values)).payload("updateViewer")
    assert payload["user"]["email"] == EMAIL
    await background_tasks.drain()
    assert smtp_server.emails_to(EMAIL) == []
    token = smtp_server.link_token(new_email)
    assert (await login(app_fixture, new_email, PASSWORD)).user_errors("login") == [("BAD_CREDENTIALS", ["input"])]
    verified = (await member_client(documents.VERIFY_EMAIL, input={"token": token})).payload("verifyEmail")
    assert verified["user"]["email"] == new_email
    assert (await user_row(app_fixture, new_email)).email_verified_at is not None
    assert (await login(app_fixture, EMAIL, PASSWORD)).user_errors("login") == [("BAD_CREDENTIALS", ["input"])]
    (await login(app_fixture, new_email, PASSWORD)).payload("login")
    await background_tasks.drain()
    assert new_email in smtp_server.emails_to(EMAIL)[-1].get_content()


async def test_email_change_requires_password_and_does_not_reveal_registered_emails(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    member_client, registered_email = app_fixture.tenant.client(), "owner@there.test"
    update_viewer = documents.UPDATE_VIEWER
    missing_password = await member_client(update_viewer, input={"email": registered_email})
    assert missing_password.user_errors("updateViewer") == [("REQUIRED", ["input", "currentPassword"])]
    wrong = await member_client(update_viewer, input={"email": registered_email, "currentPassword": NEW_PASSWORD})
    assert wrong.user_errors("updateViewer") == [("BAD_CREDENTIALS", ["input", "currentPassword"])]
    unregistered = await member_client(update_viewer, input={"email": "free@example.test", "currentPassword": PASSWORD})
    registered = await member_client(update_viewer, input={"email": registered_email, "currentPassword": PASSWORD})
    assert registered.payload("updateViewer") == unregistered.payload("updateViewer")
    await background_tasks.drain()
    assert len(smtp_server.emails) == 2
    verification = await member_client(
        documents.VERIFY_EMAIL, input={"token": smtp_server.link_token(registered_email)}
    )
    assert verification.user_errors("verifyEmail") == [("TAKEN", ["input", "email"])]
    superseded = await member_client(
        documents.VERIFY_EMAIL, input={"token": smtp_server.link_token("free@example.test")}
    )
    assert superseded.user_errors("verifyEmail") == [("INVALID", ["input", "token"])]
    assert (await user_row(app_fixture, EMAIL)).version == 1


async def test_password_change_revokes_other_sessions(
    app_fixture: AppFixture, smtp_server: SmtpServer, background_tasks: BackgroundTasks
) -> None:
    member_client = app_fixture.tenant.client()
    other_session = (await login(app_fixture, EMAIL, PASSWORD)).payload("login")
    (
        await member_client(documents.CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD})
    ).payload("changePassword")
    assert (await member_client(documents.VIEWER)).data["viewer"]["sessions"]["totalCount"] == 1
    assert (await app_fixture.client().with_token(other_session["accessToken"])(documents.VIEWER)).error_codes == [
        "UNAUTHENTICATED"
    ]
    token = {"refreshToken": other_session["refreshToken"]}
    assert (await app_fixture.client()(documents.REFRESH_SESSION, input=token)).error_codes == ["UNAUTHENTICATED"]
    assert (await login(app_fixture, EMAIL, PASSWORD)).user_errors("login") == [("BAD_CREDENTIALS", ["input"])]
    (await login(app_fixture, EMAIL, NEW_PASSWORD)).payload("login")
    await background_tasks.drain()
    assert "changed" in smtp_server.emails_to(EMAIL)[-1]["Subject"]


async def test_password_change_requires_current_and_acceptable_new_password(app_fixture: AppFixture) -> None:
    member_client, before = app_fixture.tenant.client(), (await user_row(app_fixture, EMAIL)).password_hash
    for current_password, new_password, expected_error in (
        (NEW_PASSWORD, NEW_PASSWORD, ("BAD_CREDENTIALS", ["input", "currentPassword"])),
        ("x" * 1000, NEW_PASSWORD, ("BAD_CREDENTIALS", ["input", "currentPassword"])),
        (PASSWORD, "Qwertyui1!", ("INVALID", ["input", "newPassword"])),
        (PASSWORD, "Member-2026!", ("INVALID", ["input", "newPassword"])),
        (PASSWORD, "Short1!", ("TOO_SHORT", ["input", "newPassword"])),
    ):
        response = await member_client(
            documents.CHANGE_PASSWORD, input={"currentPassword": current_password, "newPassword": new_password}
        )
        assert response.user_errors("changePassword") == [expected_error]
    assert (await user_row(app_fixture, EMAIL)).password_hash == before
