"""Many people enrolled at once by a superuser."""

import asyncio
import datetime

import pytest

from models.membership import Role
from services.administration import check_number
from services.errors import Code, Refused
from tests.api.test_administration import row_of
from tests.harness.statements import StatementCounter
from tests.support import documents
from tests.support.client import Client
from tests.support.letterbox import Letterbox
from tests.support.world import PASSWORD, World


async def test_many_are_enrolled_and_get_a_letter_each(
    world: World, root: Client, letterbox: Letterbox, statements: StatementCounter
) -> None:
    rows = [{"email": f"User{n}@Server.test", "fullName": f" User {n} "} for n in range(1000)]
    with statements:
        users = (await root(documents.BULK_CREATE_USERS, input=rows)).payload("bulkCreateUsers")["users"]
    statements.assert_budget(10)
    assert [(user["email"], user["fullName"]) for user in users] == [
        (f"user{n}@server.test", f"User {n}") for n in range(1000)
    ]
    letters = await letterbox.all()
    assert {letter.to for letter in letters} == {user["email"] for user in users}
    assert len({letter.token for letter in letters}) == 1000
    row = (await root(documents.USERS, where={"email": {"eq": "user7@server.test"}})).data["users"]["nodes"][0]
    assert row["status"] == {"isActive": True, "isSuperuser": False, "lastLogin": None}


async def test_whoever_was_enrolled_sets_a_password_and_signs_in(
    world: World, root: Client, letterbox: Letterbox
) -> None:
    await root(documents.BULK_CREATE_USERS, input=[{"email": "new@server.test", "fullName": "New"}])
    credentials = {"email": "new@server.test", "password": PASSWORD}
    nobody = world.client()
    assert (await nobody(documents.LOGIN, input=credentials)).refusals("login") == [("BAD_CREDENTIALS", ["input"])]
    letter = await letterbox.last("new@server.test")
    reset = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { message } } }"
    assert (await nobody(reset, input={"token": letter.token, "newPassword": PASSWORD})).payload("resetPassword")
    assert (await nobody(documents.LOGIN, input=credentials)).payload("login")["user"]["email"] == "new@server.test"


async def test_rows_with_problems_are_said_and_the_others_created(
    world: World, root: Client, letterbox: Letterbox
) -> None:
    rows = [
        {"email": "a@server.test", "fullName": "A"},
        {"email": "no address", "fullName": " "},
        {"email": "A@Server.test ", "fullName": "Twin"},
        {"email": "Owner@Here.test", "fullName": "Taken"},
        {"email": "b@server.test", "fullName": "x" * 101},
        {"email": "b@server.test", "fullName": "B"},
    ]
    answer = await root(documents.BULK_CREATE_USERS, input=rows)
    assert answer.refusals("bulkCreateUsers") == [
        ("INVALID", ["input", "1", "email"]),
        ("TOO_SHORT", ["input", "1", "fullName"]),
        ("TAKEN", ["input", "2", "email"]),
        ("TAKEN", ["input", "3", "email"]),
        ("TOO_LONG", ["input", "4", "fullName"]),
    ]
    users = answer.data["bulkCreateUsers"]["users"]
    assert [user and user["email"] for user in users] == ["a@server.test", None, None, None, None, "b@server.test"]
    assert {letter.to for letter in await letterbox.all()} == {"a@server.test", "b@server.test"}
    assert (await row_of(world, world.here.users[Role.OWNER])).full_name == "Owner Here"


async def test_none_and_too_many_are_refused(root: Client) -> None:
    rows = [{"email": f"user{n}@server.test", "fullName": "User"} for n in range(1001)]
    assert (await root(documents.BULK_CREATE_USERS, input=[])).refusals("bulkCreateUsers") == [("TOO_SHORT", ["input"])]
    assert (await root(documents.BULK_CREATE_USERS, input=rows)).codes == ["BAD_USER_INPUT"]  # as any list so long
    assert (await root(documents.USERS)).data["users"]["totalCount"] == 7


@pytest.mark.parametrize(("number", "code"), [(0, Code.TOO_SHORT), (1001, Code.TOO_LONG)])
def test_the_service_itself_takes_neither_none_nor_too_many(number: int, code: Code) -> None:
    check_number([None] * 1000, "ids")
    with pytest.raises(Refused) as refused:
        check_number([None] * number, "ids")
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [(code, ("ids",))]


async def test_the_same_rows_twice_at_once_are_created_once(world: World, root: Client) -> None:
    rows = [{"email": f"user{n}@server.test", "fullName": "User"} for n in range(50)]
    answers = await asyncio.gather(*(root(documents.BULK_CREATE_USERS, input=rows) for _ in range(4)))
    created = [user for answer in answers for user in answer.data["bulkCreateUsers"]["users"] if user]
    assert sorted(user["email"] for user in created) == sorted(row["email"] for row in rows)
    refused = [code for answer in answers for code, _ in answer.refusals("bulkCreateUsers")]
    assert refused == ["TAKEN"] * 150
    assert datetime.datetime.fromisoformat(created[0]["createdAt"]).tzinfo
