"""A superuser creates many users in one mutation."""

import asyncio
import datetime

import pytest

from models.membership import Role
from services.core.errors import Code, Rejected
from services.people.administration import check_count
from tests.harness.statement_counter import StatementCounter
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.memberships import load_user


async def test_created_users_receive_one_email_each(
    app_fixture: AppFixture, superuser_client: Client, email_capture: EmailCapture, statement_counter: StatementCounter
) -> None:
    rows = [{"email": f"User{n}@Server.test", "fullName": f" User {n} "} for n in range(1000)]
    with statement_counter:
        users = (await superuser_client(documents.BULK_CREATE_USERS, input=rows)).payload("bulkCreateUsers")["users"]
    statement_counter.assert_budget(10)
    assert [(user["email"], user["fullName"]) for user in users] == [
        (f"user{n}@server.test", f"User {n}") for n in range(1000)
    ]
    emails = await email_capture.sent_emails()
    assert {email.recipient for email in emails} == {user["email"] for user in users}
    assert len({email.link_token for email in emails}) == 1000
    row = (await superuser_client(documents.USERS, where={"email": {"eq": "user7@server.test"}})).data["users"][
        "nodes"
    ][0]
    assert row["status"] == {"isActive": True, "isSuperuser": False, "lastLogin": None}


async def test_created_user_sets_password_and_signs_in(
    app_fixture: AppFixture, superuser_client: Client, email_capture: EmailCapture
) -> None:
    await superuser_client(documents.BULK_CREATE_USERS, input=[{"email": "new@server.test", "fullName": "New"}])
    credentials = {"email": "new@server.test", "password": PASSWORD}
    anonymous = app_fixture.client()
    assert (await anonymous(documents.LOGIN, input=credentials)).user_errors("login") == [
        ("BAD_CREDENTIALS", ["input"])
    ]
    email = await email_capture.last_email("new@server.test")
    reset_password = (
        "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { message } } }"
    )
    assert (await anonymous(reset_password, input={"token": email.link_token, "newPassword": PASSWORD})).payload(
        "resetPassword"
    )
    assert (await anonymous(documents.LOGIN, input=credentials)).payload("login")["user"]["email"] == "new@server.test"


async def test_invalid_rows_are_reported_and_valid_rows_created(
    app_fixture: AppFixture, superuser_client: Client, email_capture: EmailCapture
) -> None:
    rows = [
        {"email": "a@server.test", "fullName": "A"},
        {"email": "no address", "fullName": " "},
        {"email": "A@Server.test ", "fullName": "Twin"},
        {"email": "Owner@Here.test", "fullName": "Taken"},
        {"email": "b@server.test", "fullName": "x" * 101},
        {"email": "b@server.test", "fullName": "B"},
    ]
    response = await superuser_client(documents.BULK_CREATE_USERS, input=rows)
    assert response.user_errors("bulkCreateUsers") == [
        ("INVALID", ["input", "1", "email"]),
        ("TOO_SHORT", ["input", "1", "fullName"]),
        ("TAKEN", ["input", "2", "email"]),
        ("TAKEN", ["input", "3", "email"]),
        ("TOO_LONG", ["input", "4", "fullName"]),
    ]
    users = response.data["bulkCreateUsers"]["users"]
    assert [user and user["email"] for user in users] == ["a@server.test", None, None, None, None, "b@server.test"]
    assert {email.recipient for email in await email_capture.sent_emails()} == {"a@server.test", "b@server.test"}
    assert (await load_user(app_fixture, app_fixture.tenant.users[Role.OWNER])).full_name == "Owner Here"


async def test_zero_and_too_many_rows_are_rejected(superuser_client: Client) -> None:
    rows = [{"email": f"user{n}@server.test", "fullName": "User"} for n in range(1001)]
    assert (await superuser_client(documents.BULK_CREATE_USERS, input=[])).user_errors("bulkCreateUsers") == [
        ("TOO_SHORT", ["input"])
    ]
    assert (await superuser_client(documents.BULK_CREATE_USERS, input=rows)).error_codes == [
        "BAD_USER_INPUT"
    ]  # the general limit on list arguments
    assert (await superuser_client(documents.USERS)).data["users"]["totalCount"] == 7


@pytest.mark.parametrize(("number", "code"), [(0, Code.TOO_SHORT), (1001, Code.TOO_LONG)])
def test_service_rejects_zero_and_too_many_rows(number: int, code: Code) -> None:
    check_count([None] * 1000, "ids")
    with pytest.raises(Rejected) as rejection:
        check_count([None] * number, "ids")
    assert [(error.code, error.field) for error in rejection.value.problems] == [(code, ("ids",))]


async def test_concurrent_requests_with_same_rows_create_each_user_once(
    app_fixture: AppFixture, superuser_client: Client
) -> None:
    rows = [{"email": f"user{n}@server.test", "fullName": "User"} for n in range(50)]
    responses = await asyncio.gather(*(superuser_client(documents.BULK_CREATE_USERS, input=rows) for _ in range(4)))
    created = [user for response in responses for user in response.data["bulkCreateUsers"]["users"] if user]
    assert sorted(user["email"] for user in created) == sorted(row["email"] for row in rows)
    rejection_codes = [code for response in responses for code, _ in response.user_errors("bulkCreateUsers")]
    assert rejection_codes == ["TAKEN"] * 150
    assert datetime.datetime.fromisoformat(created[0]["createdAt"]).tzinfo
