"""A tenant always keeps one owner, under concurrent removals, demotions and departures."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from models import User
from models.ids import public_id
from models.membership import Role
from server.config.settings import Settings
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.memberships import add_member, membership_id, roles_by_email
from tests.support.settings import build_settings

Action = Callable[[Client, str, AppFixture], Awaitable[GraphQLResponse]]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with twenty connections for concurrent requests."""
    return build_settings(database_url, db_pool_size=20)


@pytest.fixture
async def owners(app_fixture: AppFixture) -> list[User]:
    """The tenant's six owners."""
    return [
        app_fixture.tenant.users[Role.OWNER],
        *[await add_member(app_fixture.tenant, f"owner{n}@here.test", Role.OWNER) for n in range(5)],
    ]


async def remove_member(client: Client, id: str, _app_fixture: AppFixture) -> GraphQLResponse:
    return await client(documents.REMOVE_MEMBER, id=id)


async def demote_member(client: Client, id: str, _app_fixture: AppFixture) -> GraphQLResponse:
    return await client(documents.CHANGE_MEMBER_ROLE, id=id, role=Role.MEMBER)


async def leave_tenant(client: Client, _id: str, app_fixture: AppFixture) -> GraphQLResponse:
    return await client(documents.LEAVE_TENANT, id=public_id("tenant", app_fixture.tenant.id))


def outcome(response: GraphQLResponse) -> str:
    """Return OK, or the first error code."""
    if response.error_codes:
        return response.error_codes[0]
    ((_name, payload),) = response.data.items()
    return payload["userErrors"][0]["code"] if payload["userErrors"] else "OK"


async def count_owners(app_fixture: AppFixture) -> int:
    return list((await roles_by_email(app_fixture.tenant)).values()).count(Role.OWNER)


@pytest.mark.parametrize("action", [remove_member, demote_member])
async def test_two_owners_removing_each_other_leave_one(
    action: Action, app_fixture: AppFixture, owners: list[User]
) -> None:
    ids = [await membership_id(app_fixture.tenant, owner) for owner in owners]
    for owner in owners[2:]:
        await leave_tenant(app_fixture.client(owner, "here"), "", app_fixture)
    pair = list(zip(owners[:2], (ids[1], ids[0]), strict=True))
    responses = await asyncio.gather(*(action(app_fixture.client(user, "here"), id, app_fixture) for user, id in pair))
    assert sorted(map(outcome, responses)) == ["FORBIDDEN", "OK"]
    assert await count_owners(app_fixture) == 1


@pytest.mark.any_server
async def test_all_owners_leaving_at_once_leave_one(app_fixture: AppFixture, owners: list[User]) -> None:
    responses = await asyncio.gather(
        *(leave_tenant(app_fixture.client(owner, "here"), "", app_fixture) for owner in owners)
    )
    assert sorted(map(outcome, responses)) == ["LAST_OWNER", *["OK"] * 5]
    assert await count_owners(app_fixture) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_concurrent_removals_demotions_and_departures_leave_one_owner(
    seed: int, app_fixture: AppFixture, owners: list[User]
) -> None:
    ids = {owner.id: await membership_id(app_fixture.tenant, owner) for owner in owners}
    actions: list[Action] = [remove_member, demote_member, leave_tenant]
    arguments = [(action, principal, ids[target.id]) for action in actions for principal in owners for target in owners]
    random.Random(seed).shuffle(arguments)  # noqa: S311
    calls = (action(app_fixture.client(principal, "here"), id, app_fixture) for action, principal, id in arguments)
    async with asyncio.timeout(60):
        responses = await asyncio.gather(*calls)
    assert set(map(outcome, responses)) <= {"OK", "LAST_OWNER", "FORBIDDEN", "NOT_FOUND"}
    assert await count_owners(app_fixture) == 1
