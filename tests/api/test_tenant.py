"""Tenants: made, changed and closed."""

import asyncio
from typing import Any

import pytest

from models.ids import new_id, public_id
from models.membership import Role
from tests.support import documents
from tests.support.client import Client
from tests.support.world import World

NEW = {"name": "New Fields", "slug": "new-fields"}


def gid_of(world: World, slug: str = "here") -> str:
    """A tenant's id, as clients see it."""
    return public_id("tenant", world.plots[slug].tenant_id)


async def test_whoever_creates_a_tenant_owns_it(world: World) -> None:
    client = world.client(await world.stranger())
    tenant = (await client(documents.CREATE_TENANT, input=NEW)).payload("createTenant")["tenant"]
    assert tenant == tenant | NEW | {"version": 1}
    (place,) = tenant["members"]["nodes"]
    assert (place["role"], place["user"]["email"]) == ("OWNER", "stranger@nowhere.test")
    inside = client.with_headers(**{"X-Tenant": NEW["slug"]})
    assert (await inside(documents.create("Team"), input={"name": "First"})).payload("createTeam")
    assert (await inside(documents.CURRENT_TENANT)).data["tenant"]["id"] == tenant["id"]


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": " "}, "TOO_SHORT", "name"),
        ({"name": "x" * 101}, "TOO_LONG", "name"),
        ({"name": "two\nlines"}, "INVALID", "name"),
        ({"slug": ""}, "TOO_SHORT", "slug"),
        ({"slug": "x" * 51}, "TOO_LONG", "slug"),
        ({"slug": "Capital"}, "INVALID", "slug"),
        ({"slug": "two--dashes"}, "INVALID", "slug"),
        ({"slug": "-edge"}, "INVALID", "slug"),
        ({"slug": "ümlaut"}, "INVALID", "slug"),
        ({"slug": "there"}, "TAKEN", "slug"),
    ],
)
async def test_what_is_no_tenant_is_refused(values: dict[str, str], code: str, field: str, world: World) -> None:
    owner = world.here.client(Role.OWNER)
    answer = await owner(documents.CREATE_TENANT, input=NEW | values)
    assert answer.refusals("createTenant") == [(code, ["input", field])]
    assert answer.data["createTenant"]["tenant"] is None
    changed = await owner(documents.UPDATE_TENANT, id=gid_of(world), input=values)
    assert changed.refusals("updateTenant") == [(code, ["input", field])]
    memberships = (await owner(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
    assert [place["tenant"]["slug"] for place in memberships] == ["here"]


async def test_of_many_who_want_the_same_slug_one_gets_it(world: World) -> None:
    clients = [world.here.client(role) for role in Role] * 4
    answers = await asyncio.gather(*(client(documents.CREATE_TENANT, input=NEW) for client in clients))
    refusals = sorted(answer.refusals("createTenant") for answer in answers)
    assert refusals == [[]] + [[("TAKEN", ["input", "slug"])]] * 11


async def test_an_owner_changes_the_tenant(world: World) -> None:
    owner, id = world.here.client(Role.OWNER), gid_of(world)
    answer = await owner(documents.UPDATE_TENANT, id=id, input={"name": " Ours ", "slug": "ours"}, expectedVersion=1)
    tenant = answer.payload("updateTenant")["tenant"]
    assert (tenant["name"], tenant["slug"], tenant["version"]) == ("Ours", "ours", 2)
    assert (await owner(documents.CURRENT_TENANT)).codes == ["FORBIDDEN"]  # it goes by another name now
    renamed = owner.with_headers(**{"X-Tenant": "ours"})
    assert (await renamed(documents.CURRENT_TENANT)).data["tenant"]["name"] == "Ours"
    stale = await renamed(documents.UPDATE_TENANT, id=id, input={"name": "Theirs"}, expectedVersion=1)
    assert stale.refusals("updateTenant") == [("CONFLICT", ["expectedVersion"])]
    assert stale.data["updateTenant"]["tenant"]["name"] == "Ours"
    cleared = await renamed(documents.UPDATE_TENANT, id=id, input={"name": None})
    assert cleared.refusals("updateTenant") == [("REQUIRED", ["input", "name"])]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
async def test_only_owners_change_or_close_the_tenant(role: Role, world: World) -> None:
    client, id = world.here.client(role), gid_of(world)
    for document in (documents.UPDATE_TENANT, documents.CLOSE_TENANT):
        answer = await client(document, id=id, input={"name": "Mine"})
        assert answer.codes == ["FORBIDDEN"]
    assert (await client(documents.CURRENT_TENANT)).data["tenant"]["name"] == "Here"


async def test_no_tenant_but_the_current_one_is_changed_or_closed(world: World) -> None:
    both = world.here.users[Role.OWNER]
    client = world.client(both, "here")
    (await client(documents.CREATE_TENANT, input=NEW)).payload("createTenant")
    mine = (await client.with_headers(**{"X-Tenant": NEW["slug"]})(documents.CURRENT_TENANT)).data["tenant"]["id"]
    for id in (mine, gid_of(world, "there"), public_id("tenant", new_id()), "tenant_", "here"):
        for name, document in (("updateTenant", documents.UPDATE_TENANT), ("closeTenant", documents.CLOSE_TENANT)):
            answer = await client(document, id=id, input={"name": "Other"})
            assert answer.refusals(name) == [("NOT_FOUND", ["id"])]


async def close(world: World) -> None:
    """Close the tenant that most tests happen in."""
    answer = await world.here.client(Role.OWNER)(documents.CLOSE_TENANT, id=gid_of(world), expectedVersion=1)
    assert answer.payload("closeTenant")["tenant"]["name"] == "Here"


async def everything_said(client: Client, id: str) -> list[Any]:
    """What is answered about a tenant, in it and beside it."""
    asked: list[tuple[str, dict[str, Any]]] = [
        (documents.VIEWER, {}),
        (documents.CURRENT_TENANT, {}),
        (documents.NODE, {"id": id}),
        (documents.UPDATE_TENANT, {"id": id, "input": {"name": "Again"}}),
        (documents.CLOSE_TENANT, {"id": id}),
        (documents.LEAVE_TENANT, {"id": id}),
        (documents.many("Task"), {}),
        (documents.create("Team"), {"input": {"name": "Again"}}),
    ]
    return [(await client(document, **variables)).body for document, variables in asked]


@pytest.mark.parametrize("role", Role)
async def test_a_closed_tenant_is_as_good_as_a_foreign_or_a_missing_one(role: Role, world: World) -> None:
    user = world.here.users[role]
    await close(world)
    closed = await everything_said(world.client(user, "here"), gid_of(world))
    foreign = await everything_said(world.client(user, "there"), gid_of(world, "there"))
    missing = await everything_said(world.client(user, "nowhere"), public_id("tenant", new_id()))
    by_id = await everything_said(world.client(user, gid_of(world)), gid_of(world))
    assert closed == foreign == missing == by_id
    assert closed[0]["data"]["viewer"]["memberships"]["nodes"] == []
    assert {answer["errors"][0]["extensions"]["code"] for answer in closed[1:]} == {"FORBIDDEN"}


async def test_from_another_tenant_a_closed_one_does_not_show(world: World) -> None:
    owner = world.here.client(Role.OWNER)
    (await owner(documents.CREATE_TENANT, input=NEW)).payload("createTenant")
    elsewhere = owner.with_headers(**{"X-Tenant": NEW["slug"]})
    (place,) = [
        each
        for each in (await elsewhere(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
        if each["tenant"]["slug"] == "here"
    ]
    ids = [gid_of(world), place["id"]]
    assert [node["id"] for node in (await elsewhere(documents.NODES, ids=ids)).data["nodes"]] == ids
    await close(world)
    assert (await elsewhere(documents.NODES, ids=ids)).data["nodes"] == [None, None]
    places = (await elsewhere(documents.VIEWER)).data["viewer"]["memberships"]["nodes"]
    assert [each["tenant"]["slug"] for each in places] == [NEW["slug"]]


async def test_the_slug_of_a_closed_tenant_stays_taken(world: World) -> None:
    await close(world)
    answer = await world.there.client(Role.OWNER)(documents.CREATE_TENANT, input=NEW | {"slug": "here"})
    assert answer.refusals("createTenant") == [("TAKEN", ["input", "slug"])]


async def test_of_many_who_close_it_at_once_one_does(world: World) -> None:
    owner, id = world.here.client(Role.OWNER), gid_of(world)
    answers = await asyncio.gather(*(owner(documents.CLOSE_TENANT, id=id) for _ in range(10)))
    assert sorted(answer.codes for answer in answers) == [[]] + [["FORBIDDEN"]] * 9


async def test_the_current_tenant_shows_its_members_to_all_and_invitations_to_those_who_may_invite(
    world: World,
) -> None:
    owner = world.here.client(Role.OWNER)
    (await owner(documents.INVITE_MEMBER, input={"email": "new@here.test"})).payload("inviteMember")
    for role in Role:
        tenant = (await world.here.client(role)(documents.CURRENT_TENANT)).data["tenant"]
        assert {each["user"]["email"] for each in tenant["members"]["nodes"]} == {
            user.email for user in world.here.users.values()
        }
        assert tenant["invitations"]["totalCount"] == (0 if role is Role.MEMBER else 1)


async def test_members_are_filtered_and_sorted(world: World) -> None:
    query = """query ($where: MembershipWhere, $orderBy: [MembershipOrder!]) {
      tenant { members(where: $where, orderBy: $orderBy) { totalCount nodes { role user { email } } } }
    }"""
    member = world.here.client()
    by_role = {"orderBy": [{"field": "ROLE", "direction": "ASC"}]}
    nodes = (await member(query, **by_role)).data["tenant"]["members"]["nodes"]
    assert [each["role"] for each in nodes] == ["OWNER", "ADMIN", "MEMBER"]
    for where, number in (
        ({"role": {"in": ["OWNER", "ADMIN"]}}, 2),
        ({"user": {"email": {"startsWith": "ADMIN@"}}}, 1),
        ({"user": {"fullName": {"contains": "here"}}}, 3),
        ({"user": {"fullName": {"contains": "there"}}}, 0),
        ({"user": {"not": {"email": {"eq": "admin@here.test"}}}}, 2),
        ({"or": [{"role": {"eq": "OWNER"}}, {"user": {"email": {"eq": "member@here.test"}}}]}, 2),
    ):
        found = (await member(query, where=where)).data["tenant"]["members"]
        assert (where, found["totalCount"]) == (where, number)


async def test_what_is_only_for_superusers_cannot_be_asked_of_members(world: World) -> None:
    query = "query ($where: MembershipWhere) { tenant { members(where: $where) { totalCount } } }"
    for name, value in {"isActive": True, "isSuperuser": True, "lastLogin": "2026-01-01T00:00:00Z"}.items():
        answer = await world.here.client(Role.OWNER)(query, where={"user": {name: {"eq": value}}})
        assert answer.codes == ["BAD_USER_INPUT"]
