"""However many try at once to be rid of the owners of a tenant, one stays."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from models import User
from models.ids import public_id
from models.membership import Role
from server.settings import Settings, load_settings
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.members import join, place_of, roles
from tests.support.stage import SECRET
from tests.support.world import World

Attempt = Callable[[Client, str, World], Awaitable[Answer]]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Enough connections for real crowds."""
    return load_settings(
        None, environment="test", database_url=database_url, secret_key=SECRET, bcrypt_rounds=4, db_pool_size=20
    )


@pytest.fixture
async def owners(world: World) -> list[User]:
    """The owners of the tenant: six."""
    return [
        world.here.users[Role.OWNER],
        *[await join(world.here, f"owner{n}@here.test", Role.OWNER) for n in range(5)],
    ]


async def removal(client: Client, id: str, _world: World) -> Answer:
    return await client(documents.REMOVE_MEMBER, id=id)


async def demotion(client: Client, id: str, _world: World) -> Answer:
    return await client(documents.CHANGE_MEMBER_ROLE, id=id, role=Role.MEMBER)


async def departure(client: Client, _id: str, world: World) -> Answer:
    return await client(documents.LEAVE_TENANT, id=public_id("tenant", world.here.tenant_id))


def outcome(answer: Answer) -> str:
    """OK, or the code of what was wrong."""
    if answer.codes:
        return answer.codes[0]
    ((_name, payload),) = answer.data.items()
    return payload["userErrors"][0]["code"] if payload["userErrors"] else "OK"


async def owners_left(world: World) -> int:
    return list((await roles(world.here)).values()).count(Role.OWNER)


@pytest.mark.parametrize("attempt", [removal, demotion])
async def test_two_who_want_to_be_rid_of_each_other(attempt: Attempt, world: World, owners: list[User]) -> None:
    ids = [await place_of(world.here, each) for each in owners]
    for each in owners[2:]:
        await departure(world.client(each, "here"), "", world)
    pair = list(zip(owners[:2], (ids[1], ids[0]), strict=True))
    answers = await asyncio.gather(*(attempt(world.client(user, "here"), id, world) for user, id in pair))
    assert sorted(map(outcome, answers)) == ["FORBIDDEN", "OK"]
    assert await owners_left(world) == 1


async def test_all_who_leave_at_once_but_the_last(world: World, owners: list[User]) -> None:
    answers = await asyncio.gather(*(departure(world.client(each, "here"), "", world) for each in owners))
    assert sorted(map(outcome, answers)) == ["LAST_OWNER", *["OK"] * 5]
    assert await owners_left(world) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_everybody_against_everybody(seed: int, world: World, owners: list[User]) -> None:
    ids = {each.id: await place_of(world.here, each) for each in owners}
    attempts: list[Attempt] = [removal, demotion, departure]
    tries = [(attempt, actor, ids[target.id]) for attempt in attempts for actor in owners for target in owners]
    random.Random(seed).shuffle(tries)  # noqa: S311
    calls = (attempt(world.client(actor, "here"), id, world) for attempt, actor, id in tries)
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*calls)
    assert set(map(outcome, answers)) <= {"OK", "LAST_OWNER", "FORBIDDEN", "NOT_FOUND"}
    assert await owners_left(world) == 1
