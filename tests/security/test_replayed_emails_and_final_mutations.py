"""Requests sent twice with one Idempotency-Key: one email, and no access for those who have lost it."""

import asyncio

import pytest
from fastapi import FastAPI

from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.idempotency import is_replay, with_key
from tests.support.operation_catalog import OPERATIONS
from tests.support.sample_data import SampleData

EMAIL = "owner@here.test"


@pytest.fixture
def email_capture(app: FastAPI, caplog: pytest.LogCaptureFixture) -> EmailCapture:
    """Captures the emails that the application sends."""
    return EmailCapture(app, caplog)


async def request_reset(client: Client) -> bool:
    """Request a password reset of the owner; return whether the response is a replay."""
    response = await client(documents.REQUEST_PASSWORD_RESET, input={"email": EMAIL})
    assert response.payload("requestPasswordReset") == {"done": True, "userErrors": []}
    return is_replay(response)


async def test_password_reset_with_one_key_sends_one_email(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    client = with_key(app_fixture.tenant.client())
    assert [await request_reset(client) for _ in range(3)] == [False, True, True]
    assert len(await email_capture.sent_emails(EMAIL)) == 1


async def test_concurrent_password_resets_with_one_key_send_one_email(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    client = with_key(app_fixture.tenant.client())
    async with asyncio.timeout(60):
        replays = await asyncio.gather(*(request_reset(client) for _ in range(4)))
    assert sorted(replays) == [False, True, True, True]
    assert len(await email_capture.sent_emails(EMAIL)) == 1


async def test_password_resets_without_owner_of_the_key_are_independent(
    app_fixture: AppFixture, email_capture: EmailCapture
) -> None:
    """A key of one client must not suppress the email of another."""
    clients = [app_fixture.client(), app_fixture.client(), app_fixture.tenant.client(Role.ADMIN)]
    assert [await request_reset(with_key(client)) for client in clients] == [False] * 3
    assert len(await email_capture.sent_emails(EMAIL)) == 3


@pytest.mark.parametrize("name", ["closeTenant", "leaveTenant", "logoutEverywhere"])
async def test_mutation_that_ends_access_is_not_replayed(name: str, sample_data: SampleData) -> None:
    """The response of a replay would be a read by a user without access."""
    operation = OPERATIONS[name]
    client = with_key(sample_data.tenant.client(operation.role))
    variables = operation.build_variables(sample_data)
    assert (await client(operation.document, **variables)).payload(name)
    response = await client(operation.document, **variables)
    assert response.error_codes in (["FORBIDDEN"], ["UNAUTHENTICATED"])
    assert (response.body["data"], is_replay(response)) == ({name: None}, False)


async def test_logout_everywhere_is_replayed_after_the_next_login(app_fixture: AppFixture) -> None:
    """The repeated request must not end the session that began after the first one."""
    user = app_fixture.tenant.users[Role.MEMBER]
    first = await with_key(app_fixture.client(user))(documents.LOGOUT_EVERYWHERE)
    await app_fixture.sign_in(user)
    client = app_fixture.client(user)
    second = await with_key(client)(documents.LOGOUT_EVERYWHERE)
    assert (second.payload("logoutEverywhere"), is_replay(second)) == (first.payload("logoutEverywhere"), True)
    assert (await client("{ viewer { email } }")).data["viewer"] == {"email": user.email}


async def test_logout_with_used_key_ends_the_session_nevertheless(app_fixture: AppFixture) -> None:
    """A replayed logout would report the end of a session that still exists."""
    user = app_fixture.tenant.users[Role.MEMBER]
    for _ in range(2):
        response = await with_key(app_fixture.client(user))("mutation { logout { done userErrors { code } } }")
        assert (response.payload("logout")["done"], is_replay(response)) == (True, False)
        assert (await app_fixture.client(user)("{ viewer { email } }")).error_codes == ["UNAUTHENTICATED"]
        await app_fixture.sign_in(user)
