"""Getting back in, and links that must not let anybody else in."""

from typing import Any

import pytest
from sqlalchemy import select, update

from models import MailedToken, User
from models.base import now
from models.mailed_token import Purpose
from models.membership import Role
from models.relations import table_of
from services import secrets
from services.background import Background
from tests.api.letters.conftest import SITE
from tests.api.letters.test_profile import EMAIL, OTHER, login, register, user_row
from tests.support import documents
from tests.support.post_office import PostOffice
from tests.support.world import PASSWORD, SOON, World


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
    member = world.here.client(Role.ADMIN)
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
