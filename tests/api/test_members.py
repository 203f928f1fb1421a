"""Who may make whom what, and who may go."""

import pytest

from models.ids import new_id, public_id
from models.membership import Role
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.members import join, place_of, roles, set_active
from tests.support.world import World

CHANGE, REMOVE = "changeMemberRole", "removeMember"


@pytest.fixture
async def places(world: World) -> dict[Role, str]:
    """The memberships of a second owner, admin and member; the first ones are the world's own."""
    users = {role: await join(world.here, f"second-{role.lower()}@here.test", role) for role in Role}
    return {role: await place_of(world.here, user) for role, user in users.items()}


async def change(client: Client, id: str, role: Role, version: int | None = None) -> Answer:
    """Try to make somebody something."""
    return await client(documents.CHANGE_MEMBER_ROLE, id=id, role=role, expectedVersion=version)


async def remove(client: Client, id: str, version: int | None = None) -> Answer:
    """Try to remove somebody."""
    return await client(documents.REMOVE_MEMBER, id=id, expectedVersion=version)


@pytest.mark.parametrize("to", Role)
@pytest.mark.parametrize("target", Role)
@pytest.mark.parametrize("actor", Role)
async def test_who_may_make_whom_what(
    actor: Role, target: Role, to: Role, world: World, places: dict[Role, str]
) -> None:
    may = actor is Role.OWNER or (actor is Role.ADMIN and Role.OWNER not in (target, to))
    answer = await change(world.here.client(actor), places[target], to)
    assert answer.codes == ([] if may else ["FORBIDDEN"])
    kept = to if may else target
    assert (await roles(world.here))[f"second-{target.lower()}@here.test"] is kept
    if may:
        place = answer.payload(CHANGE)["membership"]
        assert (place["role"], place["version"]) == (to, 1 if to is target else 2)


@pytest.mark.parametrize("target", Role)
@pytest.mark.parametrize("actor", Role)
async def test_who_may_remove_whom(actor: Role, target: Role, world: World, places: dict[Role, str]) -> None:
    may = actor is Role.OWNER or (actor is Role.ADMIN and target is not Role.OWNER)
    answer = await remove(world.here.client(actor), places[target])
    assert answer.codes == ([] if may else ["FORBIDDEN"])
    assert (f"second-{target.lower()}@here.test" in await roles(world.here)) is not may
    if may:
        assert answer.payload(REMOVE) == answer.payload(REMOVE) | {"deletedId": places[target], "membership": None}


async def test_who_is_removed_is_out_at_once_and_may_come_back(world: World) -> None:
    member, id = world.here.client(), await place_of(world.here, world.here.users[Role.MEMBER])
    assert (await member(documents.many("Task"))).data["tasks"]["totalCount"] == 0
    assert (await remove(world.here.client(Role.ADMIN), id)).payload(REMOVE)
    assert (await member(documents.many("Task"))).codes == ["FORBIDDEN"]
    assert (await member(documents.VIEWER)).data["viewer"]["memberships"]["nodes"] == []
    again = await remove(world.here.client(Role.ADMIN), id)
    assert again.refusals(REMOVE) == [("NOT_FOUND", ["id"])]


async def test_a_stale_version_is_a_conflict(world: World, places: dict[Role, str]) -> None:
    owner, id = world.here.client(Role.OWNER), places[Role.MEMBER]
    assert (await change(owner, id, Role.ADMIN, 1)).payload(CHANGE)
    for answer, name in ((await change(owner, id, Role.MEMBER, 1), CHANGE), (await remove(owner, id, 1), REMOVE)):
        assert answer.refusals(name) == [("CONFLICT", ["expectedVersion"])]
        assert answer.data[name]["membership"]["role"] == "ADMIN"


async def test_members_of_other_tenants_are_not_found(world: World) -> None:
    both = world.here.users[Role.OWNER]
    (await world.here.client(Role.OWNER)(documents.CREATE_TENANT, input={"name": "Mine", "slug": "mine"})).data  # noqa: B018
    owner = world.client(both, "here")
    mine = (await owner(documents.VIEWER)).data["viewer"]["memberships"]["nodes"][0]["id"]
    foreign = await place_of(world.there, world.there.users[Role.MEMBER])
    for id in (mine, foreign, public_id("membership", new_id()), "membership_", public_id("user", both.id)):
        assert (await change(owner, id, Role.MEMBER)).refusals(CHANGE) == [("NOT_FOUND", ["id"])]
        assert (await remove(owner, id)).refusals(REMOVE) == [("NOT_FOUND", ["id"])]
    assert set((await roles(world.there)).values()) == set(Role)


async def leave(client: Client, world: World) -> Answer:
    """Try to leave the tenant that most tests happen in."""
    return await client(documents.LEAVE_TENANT, id=public_id("tenant", world.here.tenant_id))


@pytest.mark.parametrize("role", Role)
async def test_everybody_may_leave_but_the_last_owner(role: Role, world: World) -> None:
    client, id = world.here.client(role), await place_of(world.here, world.here.users[role])
    answer = await leave(client, world)
    if role is Role.OWNER:
        assert answer.refusals("leaveTenant") == [("LAST_OWNER", ["id"])]
    else:
        assert answer.payload("leaveTenant")["deletedId"] == id
        assert (await leave(client, world)).codes == ["FORBIDDEN"]


async def test_one_leaves_no_tenant_but_the_current_one(world: World) -> None:
    client = world.here.client()
    for id in (public_id("tenant", world.there.tenant_id), public_id("tenant", new_id()), "here"):
        assert (await client(documents.LEAVE_TENANT, id=id)).refusals("leaveTenant") == [("NOT_FOUND", ["id"])]
    assert "member@here.test" in await roles(world.here)


async def test_the_last_owner_stays(world: World) -> None:
    owner, id = world.here.client(Role.OWNER), await place_of(world.here, world.here.users[Role.OWNER])
    assert (await change(owner, id, Role.ADMIN)).refusals(CHANGE) == [("LAST_OWNER", ["role"])]
    assert (await remove(owner, id)).refusals(REMOVE) == [("LAST_OWNER", ["id"])]
    assert (await change(owner, id, Role.OWNER)).payload(CHANGE)["membership"]["version"] == 1


async def test_an_owner_who_cannot_sign_in_does_not_count(world: World) -> None:
    owner, second = world.here.client(Role.OWNER), await join(world.here, "asleep@here.test", Role.OWNER)
    await set_active(world, [second], active=False)
    assert (await leave(owner, world)).refusals("leaveTenant") == [("LAST_OWNER", ["id"])]
    (await remove(owner, await place_of(world.here, second))).payload(REMOVE)
    assert [role for role in (await roles(world.here)).values() if role is Role.OWNER] == [Role.OWNER]


async def test_with_a_second_owner_the_first_may_go(world: World, places: dict[Role, str]) -> None:
    owner = world.here.client(Role.OWNER)
    first = await place_of(world.here, world.here.users[Role.OWNER])
    (await change(owner, places[Role.ADMIN], Role.OWNER)).payload(CHANGE)
    (await change(owner, first, Role.ADMIN)).payload(CHANGE)
    assert (await change(owner, places[Role.ADMIN], Role.ADMIN)).codes == ["FORBIDDEN"]
    (await leave(owner, world)).payload("leaveTenant")
