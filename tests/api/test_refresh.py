"""Staying signed in."""

import asyncio
from datetime import timedelta
from typing import Any

from jose import jwt
from sqlalchemy import func, select, update

from models import RefreshToken, Session, User
from models.base import now
from models.membership import Role
from models.relations import table_of
from services import refresh, secrets
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.world import PASSWORD, SOON, World

EMAIL = "member@here.test"


async def signed_in(world: World) -> dict[str, Any]:
    """What somebody gets who signs in."""
    payload: dict[str, Any] = (
        await world.client()(documents.LOGIN, input={"email": EMAIL, "password": PASSWORD})
    ).payload("login")
    return payload


async def refreshed(world: World, token: str | None) -> Answer:
    """Exchange a refresh token, with nothing else to show."""
    return await world.client()(documents.REFRESH, input={"refreshToken": token} if token is not None else {})


def bearing(world: World, token: str) -> Client:
    """A client in the tenant with this access token."""
    return world.client(tenant="here").bearing(token)


async def is_in(world: World, token: str) -> bool:
    """Whether an access token lets somebody in."""
    return (await bearing(world, token)("{ tasks { totalCount } }")).codes == []


async def past_grace(world: World) -> None:
    """Let so much time go by that a token which comes back is no accident."""
    used = table_of(RefreshToken)
    await world.write(update(used).where(used.c.used_at.is_not(None)).values(used_at=now() - refresh.GRACE))


async def test_a_refresh_token_is_exchanged_for_the_next_tokens(world: World) -> None:
    begun = await signed_in(world)
    tokens = [begun["refreshToken"]]
    for _ in range(3):
        payload = (await refreshed(world, tokens[-1])).payload("refreshSession")
        assert payload["user"]["email"] == EMAIL
        assert await is_in(world, payload["accessToken"])
        tokens.append(payload["refreshToken"])
    assert len(set(tokens)) == 4
    assert await is_in(world, begun["accessToken"])
    claims = jwt.get_unverified_claims(payload["accessToken"])
    assert claims["sid"] == jwt.get_unverified_claims(begun["accessToken"])["sid"]


async def test_only_hashes_of_refresh_tokens_are_kept(world: World) -> None:
    token = (await signed_in(world))["refreshToken"]
    kept = [row.hash for row in await world.read(select(table_of(RefreshToken)))]
    assert secrets.hashed(token) in kept
    assert not any(token in hash or hash in token for hash in kept)


async def test_a_token_that_comes_back_ends_the_session(world: World) -> None:
    begun = await signed_in(world)
    stolen = begun["refreshToken"]
    following = (await refreshed(world, stolen)).payload("refreshSession")
    await past_grace(world)
    assert (await refreshed(world, stolen)).codes == ["UNAUTHENTICATED"]
    assert (await refreshed(world, following["refreshToken"])).codes == ["UNAUTHENTICATED"]
    assert not await is_in(world, following["accessToken"])
    assert not await is_in(world, begun["accessToken"])


async def test_other_sessions_outlive_one_that_was_stolen(world: World) -> None:
    one, other = await signed_in(world), await signed_in(world)
    (await refreshed(world, one["refreshToken"])).payload("refreshSession")
    await past_grace(world)
    assert (await refreshed(world, one["refreshToken"])).codes == ["UNAUTHENTICATED"]
    assert await is_in(world, other["accessToken"])
    assert (await refreshed(world, other["refreshToken"])).payload("refreshSession")


async def test_of_several_tabs_at_once_exactly_one_wins_and_the_session_goes_on(world: World) -> None:
    token = (await signed_in(world))["refreshToken"]
    answers = await asyncio.gather(*(refreshed(world, token) for _ in range(6)))
    assert [answer.codes for answer in answers] == [[]] * 6
    won = [answer.data["refreshSession"] for answer in answers if not answer.data["refreshSession"]["userErrors"]]
    lost = [answer.refusals("refreshSession") for answer in answers if answer.refusals("refreshSession")]
    assert (len(won), lost) == (1, [[("CONFLICT", ["input", "refreshToken"])]] * 5)
    assert all(
        answer.data["refreshSession"]["accessToken"] is None for answer in answers if answer.refusals("refreshSession")
    )
    assert await is_in(world, won[0]["accessToken"])
    assert (await refreshed(world, won[0]["refreshToken"])).payload("refreshSession")


async def test_whatever_is_no_refresh_token_is_refused_alike(world: World) -> None:
    begun = await signed_in(world)
    living = begun["refreshToken"]
    said = set()
    for token in (None, "", "x", living[:-1], living + "x", living.upper(), begun["accessToken"], "☃", "x" * 100_000):
        answer = await refreshed(world, token)
        assert (token, answer.codes, answer.body["data"]) == (token, ["UNAUTHENTICATED"], {"refreshSession": None})
        said.add(answer.body["errors"][0]["message"])
    assert said == {"The session has ended: sign in again."}
    assert (await refreshed(world, living)).payload("refreshSession")


async def test_a_refresh_token_is_no_access_token_nor_an_api_key(world: World) -> None:
    token = (await signed_in(world))["refreshToken"]
    assert (await bearing(world, token)(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    renamed = token.replace(secrets.REFRESH, secrets.API_KEY)
    assert (await bearing(world, renamed)("{ tasks { totalCount } }")).codes == ["UNAUTHENTICATED"]


async def test_a_session_ends_absolutely_however_often_it_is_refreshed(world: World) -> None:
    begun = await signed_in(world)
    session, end = table_of(Session), now() + timedelta(days=30)
    ((expires_at,),) = await world.read(select(func.max(session.c.expires_at)))
    assert abs(expires_at - end) < timedelta(minutes=1)
    following = (await refreshed(world, begun["refreshToken"])).payload("refreshSession")
    assert await world.read(select(func.max(session.c.expires_at))) == [(expires_at,)]
    await world.write(update(session).values(expires_at=now()))
    assert (await refreshed(world, following["refreshToken"])).codes == ["UNAUTHENTICATED"]


async def test_who_is_inactive_cannot_stay_signed_in_and_can_when_active_again(world: World) -> None:
    token, user = (await signed_in(world))["refreshToken"], table_of(User)
    await world.write(update(user).where(user.c.email == EMAIL).values(is_active=False))
    assert (await refreshed(world, token)).codes == ["UNAUTHENTICATED"]
    await world.write(update(user).where(user.c.email == EMAIL).values(is_active=True))
    assert (await refreshed(world, token)).payload("refreshSession")


async def test_what_has_ended_is_forgotten_at_the_next_log_in(world: World) -> None:
    for _ in range(3):
        await signed_in(world)
    session = table_of(Session)
    mine = session.c.user_id == world.here.users[Role.MEMBER].id
    await world.write(update(session).where(mine).values(expires_at=now() - SOON))
    await signed_in(world)
    assert len(await world.read(select(session.c.id).where(mine))) == 1
