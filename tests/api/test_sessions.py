"""Where one is signed in, and being so no longer."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from models import Session
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from tests.support import documents
from tests.support.client import Client
from tests.support.world import PASSWORD, World

EMAIL = "member@here.test"


async def signed_in(world: World, agent: str, email: str = EMAIL) -> tuple[Client, dict[str, Any]]:
    """A client of somebody who signs in with this program, and what they got."""
    anybody = world.client().with_headers(**{"User-Agent": agent})
    begun = (await anybody(documents.LOGIN, input={"email": email, "password": PASSWORD})).payload("login")
    return world.client().bearing(begun["accessToken"]), begun


async def sessions(client: Client) -> list[dict[str, Any]]:
    """The sessions that somebody sees."""
    found: list[dict[str, Any]] = (await client(documents.SESSIONS)).data["viewer"]["sessions"]["nodes"]
    return found


async def test_one_sees_where_one_is_signed_in_and_which_of_these_one_is(world: World) -> None:
    phone, _ = await signed_in(world, "A phone")
    laptop, _ = await signed_in(world, "A laptop" + "!" * 300)
    await signed_in(world, "Somebody else's", "owner@here.test")
    seen = await sessions(phone)
    assert [(each["userAgent"][:8], each["isCurrent"]) for each in seen] == [
        ("A laptop", False),
        ("A phone", True),
        ("The test", False),
    ]
    assert all(each["address"] and each["expiresAt"] > each["lastUsedAt"] for each in seen)
    assert [each["isCurrent"] for each in await sessions(laptop)] == [True, False, False]


async def test_a_program_may_call_itself_what_it_likes(world: World) -> None:
    for agent in ("", "   ", "x" * 10_000, "tab\there"):
        client, _ = await signed_in(world, agent)
        assert (await sessions(client))[0]["isCurrent"]


async def test_what_is_no_address_is_not_kept_as_one(world: World, app: FastAPI) -> None:
    for host, kept in (("2001:db8::7", "2001:db8::7"), ("x" * 500, None), ("", None), ("1.2.3.4, 5.6.7.8", None)):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
            anybody = Client(http)
            begun = await anybody(documents.LOGIN, input={"email": EMAIL, "password": PASSWORD})
            seen = await sessions(anybody.bearing(begun.payload("login")["accessToken"]))
            assert seen[0]["address"] == kept


async def test_one_ends_one_session_and_no_other(world: World) -> None:
    phone, begun = await signed_in(world, "A phone")
    laptop, _ = await signed_in(world, "A laptop")
    (id,) = [each["id"] for each in await sessions(laptop) if each["userAgent"] == "A phone"]
    assert (await laptop(documents.REVOKE_SESSION, id=id)).payload("revokeSession")["session"]["id"] == id
    assert (await phone(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    token = {"refreshToken": begun["refreshToken"]}
    assert (await world.client()(documents.REFRESH, input=token)).codes == ["UNAUTHENTICATED"]
    assert id not in [each["id"] for each in await sessions(laptop)]
    gone = await laptop(documents.REVOKE_SESSION, id=id)
    assert gone.refusals("revokeSession") == [("NOT_FOUND", ["id"])]


async def test_nobody_ends_or_sees_the_session_of_another(world: World) -> None:
    theirs = public_id("session", world.session_of(Role.MEMBER))
    owner = world.here.client(Role.OWNER)
    for id in (theirs, public_id("session", new_id()), "session_", "", theirs.upper()):
        assert (await owner(documents.REVOKE_SESSION, id=id)).refusals("revokeSession") == [("NOT_FOUND", ["id"])]
        assert (await owner(documents.NODE, id=id)).data["node"] is None
    people = "{ viewer { memberships { nodes { tenant { id } user { id sessions { totalCount } permissions } } } } }"
    ((place),) = (await owner(people)).data["viewer"]["memberships"]["nodes"]
    assert place["user"]["sessions"]["totalCount"] == 1
    assert (await world.here.client()(documents.VIEWER)).data["viewer"]["sessions"]["totalCount"] == 1


async def test_logging_out_ends_the_session_that_one_is_in(world: World) -> None:
    phone, begun = await signed_in(world, "A phone")
    laptop, _ = await signed_in(world, "A laptop")
    assert (await phone(documents.LOGOUT)).payload("logout") == {"done": True, "userErrors": []}
    assert (await phone(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await phone(documents.LOGOUT)).codes == ["UNAUTHENTICATED"]
    token = {"refreshToken": begun["refreshToken"]}
    assert (await world.client()(documents.REFRESH, input=token)).codes == ["UNAUTHENTICATED"]
    assert (await laptop(documents.VIEWER)).codes == []


async def test_logging_out_takes_no_more_than_the_refresh_token_and_can_be_said_twice(world: World) -> None:
    phone, begun = await signed_in(world, "A phone")
    for _ in range(2):
        answer = await world.client()(documents.LOGOUT, input={"refreshToken": begun["refreshToken"]})
        assert answer.payload("logout")["done"] is True
        assert (await phone(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await world.client()(documents.LOGOUT, input={"refreshToken": "x"})).payload("logout")["done"] is True
    assert (await world.client()(documents.LOGOUT)).codes == ["UNAUTHENTICATED"]


async def test_logging_out_everywhere_ends_all_sessions_of_ones_own(world: World) -> None:
    phone, _ = await signed_in(world, "A phone")
    laptop, _ = await signed_in(world, "A laptop")
    assert (await phone(documents.LOGOUT_EVERYWHERE)).payload("logoutEverywhere")["done"] is True
    for client in (phone, laptop, world.here.client()):
        assert (await client(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await world.here.client(Role.OWNER)(documents.VIEWER)).codes == []
    session = table_of(Session)
    mine = session.c.user_id == world.here.users[Role.MEMBER].id
    assert all(row.revoked_at for row in await world.read(select(session).where(mine)))


@pytest.mark.parametrize("role", Role)
async def test_permissions_are_what_the_caller_may_use_in_the_tenant(world: World, role: Role) -> None:
    ask = "{ viewer { permissions } }"
    user = world.here.users[role]
    here = set((await world.here.client(role)(ask)).data["viewer"]["permissions"])
    nowhere = set((await world.client(user)(ask)).data["viewer"]["permissions"])
    assert {"login", "viewer", "logoutEverywhere", "changePassword"} <= nowhere
    assert nowhere & {"tasks", "createTask", "createApiKey", "apiKeys", "node"} == set()
    assert {"tasks", "createTask", "node"} | nowhere <= here
    assert ({"createApiKey", "revokeApiKey", "apiKeys"} <= here) == (role is Role.OWNER)
    assert set((await world.client(user, "there")(ask)).data["viewer"]["permissions"]) == nowhere


async def test_a_session_of_somebody_else_makes_no_token_of_theirs_valid(world: World) -> None:
    member, owner = world.here.users[Role.MEMBER], world.here.users[Role.OWNER]
    for user_id, session_id in ((member.id, world.sessions[owner.id]), (member.id, new_id())):
        client = world.client(tenant="here").bearing(world.tokens.issue(user_id, session_id))
        assert (await client(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    session = table_of(Session)
    await world.write(update(session).values(user_id=owner.id))
    assert (await world.here.client()(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
