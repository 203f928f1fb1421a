"""What people do with their own account: register, change themselves, and get back in. Letters go through a real mail
server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from models import MailedToken, User
from models.base import now
from models.mailed_token import Purpose
from models.membership import Role
from models.relations import table_of
from server.settings import Settings, load_settings
from services import secrets
from services.background import Background
from services.passwords import LONGEST
from tests.conftest import SECRET
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.post_office import PostOffice, opened
from tests.support.world import PASSWORD, SOON, World

EMAIL = "member@here.test"
NEW = {"email": "ada@garden.test", "fullName": "Ada Beech", "password": "Blue-spade-7!"}
OTHER = "Green-rake-8!"
SENDER = "Allotment <post@allotment.test>"
SITE = "https://app.here.test"


@pytest.fixture
async def post_office() -> AsyncIterator[PostOffice]:
    """A mail server."""
    async with opened() as office:
        yield office


@pytest.fixture
def settings(database_url: str, post_office: PostOffice) -> Settings:
    """A server that hands its letters to that mail server."""
    return load_settings(
        None,
        environment="test",
        database_url=database_url,
        secret_key=SECRET,
        bcrypt_rounds=4,
        smtp_url=f"smtp://127.0.0.1:{post_office.port}",
        mail_from=SENDER,
        public_url=SITE,
    )


@pytest.fixture
def background(app: FastAPI) -> Background:
    """What is done after the answer."""
    found: Background = app.state.background
    return found


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


async def forget_password(world: World, email: str, background: Background) -> Any:
    answer = (await world.client()(documents.REQUEST_RESET, input={"email": email})).payload("requestPasswordReset")
    await background.drain()
    return answer


def resetting(world: World, token: str, password: str = OTHER) -> Any:
    return world.client()(documents.RESET, input={"token": token, "newPassword": password})


async def test_who_forgot_their_password_sets_another_and_is_signed_out_everywhere(
    world: World, post_office: PostOffice, background: Background
) -> None:
    member = world.here.client()
    assert await forget_password(world, f" {EMAIL.upper()}", background) == {"done": True, "userErrors": []}
    token = post_office.token(EMAIL)
    assert f"{SITE}/reset-password#token={token}" in post_office.to(EMAIL)[-1].get_content()
    assert (await resetting(world, token)).payload("resetPassword") == {"done": True, "userErrors": []}
    assert (await member(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    (await login(world, EMAIL, OTHER)).payload("login")
    assert (await user_row(world, EMAIL)).email_verified_at is not None
    assert (await resetting(world, token)).refusals("resetPassword") == [("INVALID", ["input", "token"])]


async def test_nobody_learns_whether_an_address_is_somebodys(
    world: World, post_office: PostOffice, background: Background
) -> None:
    user = table_of(User)
    await world.write(update(user).where(user.c.email == "admin@here.test").values(is_active=False))
    for email in (EMAIL, "nobody@here.test", "admin@here.test"):
        assert await forget_password(world, email, background) == {"done": True, "userErrors": []}
    assert [letter["To"] for letter in post_office.letters] == [EMAIL]
    answer = await world.client()(documents.REQUEST_RESET, input={"email": "no address"})
    assert answer.refusals("requestPasswordReset") == [("INVALID", ["input", "email"])]


async def test_a_bad_password_does_not_use_up_the_link(
    world: World, post_office: PostOffice, background: Background
) -> None:
    await forget_password(world, EMAIL, background)
    token = post_office.token(EMAIL)
    assert (await resetting(world, token, "Password1!")).refusals("resetPassword") == [
        ("INVALID", ["input", "newPassword"])
    ]
    assert (await resetting(world, token)).payload("resetPassword")


async def test_a_link_counts_for_its_purpose_in_its_time_for_its_address_and_for_who_is_active(
    world: World, post_office: PostOffice, background: Background
) -> None:
    kept, user = table_of(MailedToken), table_of(User)
    await forget_password(world, EMAIL, background)
    token = post_office.token(EMAIL)
    mine = kept.c.hash == secrets.hashed(token)
    refused = [("INVALID", ["input", "token"])]
    for change in ({"expires_at": now()}, {"used_at": now()}, {"email": "old@here.test"}):
        ((row),) = [row._mapping for row in await world.read(select(kept).where(mine))]
        await world.write(update(kept).where(mine).values(**change))
        assert (await resetting(world, token)).refusals("resetPassword") == refused, change
        await world.write(update(kept).where(mine).values(dict(row)))
    assert (await world.client()(documents.VERIFY, input={"token": token})).refusals("verifyEmail") == refused
    await world.write(update(user).where(user.c.email == EMAIL).values(is_active=False))
    assert (await resetting(world, token)).refusals("resetPassword") == refused
    for nonsense in ("", "x", token[:-1], "☃", "x" * 10_000, (token + " ")):
        assert (await resetting(world, nonsense)).refusals("resetPassword") == refused


async def test_another_password_makes_the_links_that_were_mailed_before_worthless(
    world: World, post_office: PostOffice, background: Background
) -> None:
    """Whoever had got in could have had a letter sent, to that address or to one of their own."""
    member = world.here.client()
    await member(documents.UPDATE_VIEWER, input={"email": "thief@evil.test", "currentPassword": PASSWORD})
    await forget_password(world, EMAIL, background)
    token = post_office.token(EMAIL)
    await member(documents.CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": OTHER})
    refused = [("INVALID", ["input", "token"])]
    assert (await resetting(world, token)).refusals("resetPassword") == refused
    shown = await world.client()(documents.VERIFY, input={"token": post_office.token("thief@evil.test")})
    assert shown.refusals("verifyEmail") == refused


async def test_only_hashes_of_what_was_mailed_are_kept(
    world: World, post_office: PostOffice, background: Background
) -> None:
    await forget_password(world, EMAIL, background)
    token = post_office.token(EMAIL)
    rows = [dict(row._mapping) for row in await world.read(select(table_of(MailedToken)))]
    assert token not in str(rows)
    (kept,) = [row for row in rows if row["hash"] == secrets.hashed(token)]
    assert kept["purpose"] is Purpose.RESET_PASSWORD
    assert now() < kept["expires_at"] <= now() + SOON


async def test_one_asks_for_another_letter_until_the_address_is_confirmed(
    world: World, post_office: PostOffice, background: Background
) -> None:
    member: Client = world.here.client(Role.ADMIN)
    for _ in range(2):
        assert (await member(documents.REQUEST_VERIFICATION)).payload("requestEmailVerification")["done"] is True
    await background.drain()
    first, second = (letter.get_content() for letter in post_office.to("admin@here.test"))
    assert first != second
    assert (await world.client()(documents.VERIFY, input={"token": post_office.token("admin@here.test")})).payload(
        "verifyEmail"
    )
    assert (await member(documents.REQUEST_VERIFICATION)).payload("requestEmailVerification")["done"] is False


async def test_letters_that_cannot_be_sent_fail_no_request(
    world: World,
    post_office: PostOffice,
    background: Background,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: Any) -> str:
        return "554 no"

    monkeypatch.setattr(post_office, "handle_DATA", refuse)
    assert (await register(world)).payload("register")
    await background.drain()
    assert "sending a letter failed" in caplog.text
