"""What people do with their own account: register and change themselves."""

from typing import Any

import pytest
from sqlalchemy import func, select

from models import User
from models.relations import table_of
from services.background import Background
from services.passwords import LONGEST
from tests.api.letters.conftest import SENDER, SITE
from tests.support import documents
from tests.support.client import Answer
from tests.support.post_office import PostOffice
from tests.support.world import PASSWORD, World

EMAIL = "member@here.test"
NEW = {"email": "ada@garden.test", "fullName": "Ada Beech", "password": "Blue-spade-7!"}
OTHER = "Green-rake-8!"


async def register(world: World, **values: Any) -> Answer:
    return await world.client()(documents.REGISTER, input=NEW | values)


async def login(world: World, email: str, password: str) -> Answer:
    return await world.client()(documents.LOGIN, input={"email": email, "password": password})


async def user_row(world: World, email: str) -> Any:
    (row,) = await world.read(select(table_of(User)).where(table_of(User).c.email == email))
    return row


async def test_who_registers_is_signed_in_and_confirms_their_address(
    world: World, post_office: PostOffice, background: Background
) -> None:
    payload = (await register(world)).payload("register")
    assert payload["user"] == payload["user"] | {"email": NEW["email"], "emailVerifiedAt": None}
    assert payload["user"]["memberships"]["nodes"] == []
    client = world.client().bearing(payload["accessToken"])
    assert (await client(documents.VIEWER)).data["viewer"]["fullName"] == NEW["fullName"]
    await background.drain()
    (letter,) = post_office.to(NEW["email"])
    assert (letter["From"], letter["Auto-Submitted"]) == (SENDER, "auto-generated")
    assert f"{SITE}/verify-email#token=" in letter.get_content()
    token = post_office.token(NEW["email"])
    verified = (await world.client()(documents.VERIFY, input={"token": token})).payload("verifyEmail")
    assert verified["user"]["email"] == NEW["email"]
    assert (await client(documents.VIEWER)).data["viewer"]["emailVerifiedAt"]
    again = await world.client()(documents.VERIFY, input={"token": token})
    assert again.refusals("verifyEmail") == [("INVALID", ["input", "token"])]


async def test_an_address_is_registered_once_whatever_its_case(world: World) -> None:
    (await register(world, email="  Ada@Garden.TEST ")).payload("register")
    for email in ("ada@garden.test", "ADA@GARDEN.TEST", "Ada@garden.test"):
        assert (await register(world, email=email)).refusals("register") == [("TAKEN", ["input", "email"])]
        assert (await login(world, email, NEW["password"])).payload("login")["user"]["email"] == "ada@garden.test"
    assert (await register(world, email=EMAIL)).refusals("register") == [("TAKEN", ["input", "email"])]


WRONG: list[tuple[dict[str, str], list[tuple[str, str]]]] = [
    ({"email": "ada"}, [("INVALID", "email")]),
    ({"email": "a" * 250 + "@garden.test"}, [("TOO_LONG", "email")]),
    ({"email": ""}, [("INVALID", "email")]),
    ({"fullName": " "}, [("TOO_SHORT", "fullName")]),
    ({"fullName": "x" * 101}, [("TOO_LONG", "fullName")]),
    ({"fullName": "Ada\nBcc: all@garden.test"}, [("INVALID", "fullName")]),
    ({"password": "Short1!"}, [("TOO_SHORT", "password")]),
    ({"password": f"Aa1!{'x' * LONGEST}"}, [("TOO_LONG", "password")]),
    ({"password": "lowercase-7!"}, [("INVALID", "password")]),
    ({"password": "No-digits-here!"}, [("INVALID", "password")]),
    ({"password": "NoSpecials77"}, [("INVALID", "password")]),
    ({"password": "Password1!"}, [("INVALID", "password")]),
    ({"password": "Beech-2026!"}, [("INVALID", "password")]),
    ({"password": "short", "email": "x"}, [("INVALID", "email"), ("TOO_SHORT", "password")]),
]


@pytest.mark.parametrize(("values", "problems"), WRONG)
async def test_what_is_no_user_is_refused_and_told_why(
    world: World, values: dict[str, str], problems: list[tuple[str, str]]
) -> None:
    found = (await register(world, **values)).refusals("register")
    assert {(code, path[-1]) for code, path in found} >= set(problems)
    assert {path[-1] for _, path in found} == {name for _, name in problems}
    assert await world.read(select(func.count()).select_from(table_of(User))) == [(6,)]


async def test_one_changes_ones_name_and_nothing_else_of_oneself(world: World) -> None:
    member = world.here.client()
    changed = (await member(documents.UPDATE_VIEWER, input={"fullName": "Mia"}, expectedVersion=1)).payload(
        "updateViewer"
    )
    assert (changed["user"]["fullName"], changed["user"]["version"]) == ("Mia", 2)
    stale = await member(documents.UPDATE_VIEWER, input={"fullName": "Max"}, expectedVersion=1)
    assert stale.refusals("updateViewer") == [("CONFLICT", ["expectedVersion"])]
    assert stale.data["updateViewer"]["user"]["fullName"] == "Mia"
    nothing = await member(documents.UPDATE_VIEWER, input={"fullName": None})
    assert nothing.refusals("updateViewer") == [("REQUIRED", ["input", "fullName"])]
    for name in ("isSuperuser", "isActive", "passwordHash", "emailVerifiedAt"):
        assert (await member(documents.UPDATE_VIEWER, input={name: True})).codes == ["BAD_USER_INPUT"]


async def test_another_address_takes_effect_once_it_was_shown_to_be_theirs(
    world: World, post_office: PostOffice, background: Background
) -> None:
    member, new = world.here.client(), "mia@garden.test"
    values = {"email": f" {new.upper()}", "currentPassword": PASSWORD}
    kept = (await member(documents.UPDATE_VIEWER, input=values)).payload("updateViewer")
    assert kept["user"]["email"] == EMAIL
    await background.drain()
    assert post_office.to(EMAIL) == []
    token = post_office.token(new)
    assert (await login(world, new, PASSWORD)).refusals("login") == [("BAD_CREDENTIALS", ["input"])]
    verified = (await world.client()(documents.VERIFY, input={"token": token})).payload("verifyEmail")
    assert verified["user"]["email"] == new
    assert (await user_row(world, new)).email_verified_at is not None
    assert (await login(world, EMAIL, PASSWORD)).refusals("login") == [("BAD_CREDENTIALS", ["input"])]
    (await login(world, new, PASSWORD)).payload("login")
    await background.drain()
    assert new in post_office.to(EMAIL)[-1].get_content()


async def test_another_address_takes_the_password_and_tells_nobody_who_has_it(
    world: World, post_office: PostOffice, background: Background
) -> None:
    member, taken = world.here.client(), "owner@there.test"
    ask = documents.UPDATE_VIEWER
    lacking = await member(ask, input={"email": taken})
    assert lacking.refusals("updateViewer") == [("REQUIRED", ["input", "currentPassword"])]
    wrong = await member(ask, input={"email": taken, "currentPassword": OTHER})
    assert wrong.refusals("updateViewer") == [("BAD_CREDENTIALS", ["input", "currentPassword"])]
    free = await member(ask, input={"email": "free@garden.test", "currentPassword": PASSWORD})
    right = await member(ask, input={"email": taken, "currentPassword": PASSWORD})
    assert right.payload("updateViewer") == free.payload("updateViewer")
    await background.drain()
    assert len(post_office.letters) == 2
    shown = await world.client()(documents.VERIFY, input={"token": post_office.token(taken)})
    assert shown.refusals("verifyEmail") == [("TAKEN", ["input", "email"])]
    first = await world.client()(documents.VERIFY, input={"token": post_office.token("free@garden.test")})
    assert first.refusals("verifyEmail") == [("INVALID", ["input", "token"])]
    assert (await user_row(world, EMAIL)).email_verified_at is None


async def test_another_password_ends_all_other_sessions(
    world: World, post_office: PostOffice, background: Background
) -> None:
    member = world.here.client()
    elsewhere = (await login(world, EMAIL, PASSWORD)).payload("login")
    (await member(documents.CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": OTHER})).payload(
        "changePassword"
    )
    assert (await member(documents.VIEWER)).data["viewer"]["sessions"]["totalCount"] == 1
    assert (await world.client().bearing(elsewhere["accessToken"])(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    token = {"refreshToken": elsewhere["refreshToken"]}
    assert (await world.client()(documents.REFRESH, input=token)).codes == ["UNAUTHENTICATED"]
    assert (await login(world, EMAIL, PASSWORD)).refusals("login") == [("BAD_CREDENTIALS", ["input"])]
    (await login(world, EMAIL, OTHER)).payload("login")
    await background.drain()
    assert "changed" in post_office.to(EMAIL)[-1]["Subject"]


async def test_another_password_takes_the_one_before_and_must_be_a_good_one(world: World) -> None:
    member, before = world.here.client(), (await user_row(world, EMAIL)).password_hash
    for current, new, problem in (
        (OTHER, OTHER, ("BAD_CREDENTIALS", ["input", "currentPassword"])),
        ("x" * 1000, OTHER, ("BAD_CREDENTIALS", ["input", "currentPassword"])),
        (PASSWORD, "Qwertyui1!", ("INVALID", ["input", "newPassword"])),
        (PASSWORD, "Member-2026!", ("INVALID", ["input", "newPassword"])),
        (PASSWORD, "Short1!", ("TOO_SHORT", ["input", "newPassword"])),
    ):
        answer = await member(documents.CHANGE_PASSWORD, input={"currentPassword": current, "newPassword": new})
        assert answer.refusals("changePassword") == [problem]
    assert (await user_row(world, EMAIL)).password_hash == before
