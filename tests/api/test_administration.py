"""What superusers do with the people of the whole server."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from models import Invitation, MailedToken, Membership, RefreshToken, Session, User
from models.ids import new_id, public_id
from models.membership import Role
from models.relations import table_of
from tests.harness.statements import StatementCounter
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.letterbox import Letterbox
from tests.support.members import join, place_of, promote, roles, set_active
from tests.support.world import PASSWORD, World, gid

EVERYBODY = {f"{role.lower()}@{slug}.test" for role in Role for slug in ("here", "there")}


async def row_of(world: World, user: User) -> Any:
    """A user as they are in the database."""
    table = table_of(User)
    (row,) = await world.read(select(table).where(table.c.id == user.id))
    return row


async def set_all(root: Client, *users: User, active: bool) -> Answer:
    """Let these users sign in, or not."""
    return await root(documents.SET_USERS_ACTIVE, ids=[gid(user) for user in users], active=active)


async def test_superusers_see_everybody(world: World, root: Client) -> None:
    users = (await root(documents.USERS)).data["users"]
    assert users["totalCount"] == 7
    assert {user["email"] for user in users["nodes"]} == EVERYBODY | {"root@server.test"}
    assert {user["status"]["isActive"] for user in users["nodes"]} == {True}
    assert [user["email"] for user in users["nodes"] if user["status"]["isSuperuser"]] == ["root@server.test"]


async def test_everybody_is_filtered_sorted_and_paged(world: World, root: Client) -> None:
    await set_active(world, [world.there.users[Role.ADMIN]], active=False)
    for where, found in (
        ({"isActive": {"eq": False}}, ["admin@there.test"]),
        ({"isSuperuser": {"eq": True}}, ["root@server.test"]),
        ({"fullName": {"startsWith": "owner"}}, ["owner@here.test", "owner@there.test"]),
        ({"email": {"contains": "@HERE.test"}, "fullName": {"startsWith": "owner"}}, ["owner@here.test"]),
        ({"lastLogin": {"isNull": False}}, []),
        ({"id": {"eq": gid(world.here.users[Role.OWNER])}}, ["owner@here.test"]),
        ({"createdAt": {"gt": "2000-01-01T00:00:00Z"}, "not": {"email": {"contains": "there"}}},
         ["admin@here.test", "member@here.test", "owner@here.test", "root@server.test"]),
    ):  # fmt: skip
        order = [{"field": "EMAIL", "direction": "ASC"}]
        nodes = (await root(documents.USERS, where=where, orderBy=order)).data["users"]["nodes"]
        assert (where, [user["email"] for user in nodes]) == (where, found)
    seen, after = [], None
    for _ in range(4):
        page = (await root(documents.USERS, first=2, after=after, orderBy=[{"field": "EMAIL"}])).data["users"]
        seen += [user["email"] for user in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == sorted(EVERYBODY | {"root@server.test"})


async def test_superusers_see_no_more_of_tenants_than_others(world: World, root: Client) -> None:
    inside = root.with_headers(**{"X-Tenant": "here"})
    for document in (documents.CURRENT_TENANT, documents.many("Task")):
        assert (await inside(document)).codes == ["FORBIDDEN"]
    owner = world.here.users[Role.OWNER]
    await promote(world, owner)
    foreign = gid(world.there.users[Role.OWNER])
    client = world.client(owner, "here")
    assert (await client(documents.NODE, id=foreign)).data["node"] is None
    query = "{ users { nodes { email memberships { nodes { id } } sessions { totalCount } } } }"
    users = {user["email"]: user for user in (await client(query)).data["users"]["nodes"]}
    assert users["owner@there.test"]["memberships"]["nodes"] == []
    assert {
        email: user["sessions"]["totalCount"] for email, user in users.items() if user["sessions"]["totalCount"]
    } == {"owner@here.test": 1}


async def test_how_somebody_stands_is_for_themselves_and_superusers(world: World) -> None:
    query = "{ tenant { members { nodes { user { email status { isActive } } } } } }"
    nodes = (await world.here.client(Role.OWNER)(query)).data["tenant"]["members"]["nodes"]
    seen = {each["user"]["email"]: each["user"]["status"] for each in nodes}
    assert seen == {"owner@here.test": {"isActive": True}, "admin@here.test": None, "member@here.test": None}


@pytest.mark.parametrize("role", Role)
async def test_nobody_else_may(role: Role, world: World) -> None:
    target = world.here.users[Role.MEMBER]
    client = world.here.client(role)
    new = {"email": "new@server.test", "fullName": "New"}
    for who, code in ((client, "FORBIDDEN"), (world.client(), "UNAUTHENTICATED")):
        assert (await who(documents.USERS)).codes == [code]
        assert (await set_all(who, target, active=False)).codes == [code]
        assert (await who(documents.BULK_CREATE_USERS, input=[new])).codes == [code]
        assert (await who(documents.DELETE_USER, id=gid(target))).codes == [code]
    assert (await row_of(world, target)).is_active
    await promote(world, world.here.users[role])
    assert (await client(documents.USERS)).data["users"]["totalCount"] == 6
    await set_active(world, [world.here.users[role]], active=False)
    assert (await client(documents.USERS)).codes == ["UNAUTHENTICATED"]


async def test_who_is_made_inactive_is_out_at_once_and_has_to_sign_in_again(world: World, root: Client) -> None:
    users = [world.here.users[Role.MEMBER], world.there.users[Role.ADMIN]]
    member = world.here.client()
    answer = await set_all(root, *users, users[0], active=False)
    shown = answer.payload("setUsersActive")["users"]
    assert [(user["email"], user["status"]["isActive"], user["version"]) for user in shown] == [
        ("member@here.test", False, 2),
        ("admin@there.test", False, 2),
    ]
    assert (await member(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    credentials = {"email": "member@here.test", "password": PASSWORD}
    assert (await member(documents.LOGIN, input=credentials)).refusals("login") == [("BAD_CREDENTIALS", ["input"])]
    again = (await set_all(root, *users, active=False)).payload("setUsersActive")["users"]
    assert [user["version"] for user in again] == [2, 2]
    (await set_all(root, *users, active=True)).payload("setUsersActive")
    assert (await member(documents.VIEWER)).codes == ["UNAUTHENTICATED"]  # that session is over
    assert (await member(documents.LOGIN, input=credentials)).payload("login")


async def test_they_are_set_in_one_statement(world: World, root: Client, statements: StatementCounter) -> None:
    users = [await world.stranger(f"user{n}@server.test") for n in range(20)]
    with statements:
        (await set_all(root, *users, active=False)).payload("setUsersActive")
    assert len([sql for sql in statements.statements if sql.replace('"', "").startswith("UPDATE user ")]) == 1
    statements.assert_budget(12)


async def test_all_are_set_or_none(world: World, root: Client) -> None:
    member, owner = world.here.users[Role.MEMBER], world.here.users[Role.OWNER]
    ids = [gid(member), public_id("user", new_id()), gid(owner), "user_", gid(member)]
    answer = await root(documents.SET_USERS_ACTIVE, ids=ids, active=False)
    assert answer.refusals("setUsersActive") == [
        ("NOT_FOUND", ["ids", "1"]),
        ("LAST_OWNER", ["ids", "2"]),
        ("NOT_FOUND", ["ids", "3"]),
    ]
    assert (await row_of(world, member)).is_active
    assert (await root(documents.SET_USERS_ACTIVE, ids=[], active=True)).refusals("setUsersActive") == [
        ("TOO_SHORT", ["ids"])
    ]
    many = [gid(member)] * 1001
    assert (await root(documents.SET_USERS_ACTIVE, ids=many[1:], active=True)).payload("setUsersActive")
    assert (await root(documents.SET_USERS_ACTIVE, ids=many, active=True)).codes == ["BAD_USER_INPUT"]


async def test_nobody_locks_themselves_out(world: World, root: Client) -> None:
    me = (await root(documents.VIEWER)).data["viewer"]["id"]
    assert (await root(documents.SET_USERS_ACTIVE, ids=[me], active=False)).refusals("setUsersActive") == [
        ("INVALID", ["ids", "0"])
    ]
    assert (await root(documents.DELETE_USER, id=me)).refusals("deleteUser") == [("INVALID", ["id"])]
    assert (await root(documents.SET_USERS_ACTIVE, ids=[me], active=True)).payload("setUsersActive")


async def test_two_superusers_who_lock_each_other_out_at_once(world: World, root: Client) -> None:
    second = await world.stranger("second@server.test")
    await promote(world, second)
    me = (await root(documents.VIEWER)).data["viewer"]["id"]
    answers = await asyncio.gather(
        set_all(root, second, active=False),
        world.client(second)(documents.SET_USERS_ACTIVE, ids=[me], active=False),
    )
    assert sorted(answer.codes for answer in answers) in ([[], ["FORBIDDEN"]], [[], ["UNAUTHENTICATED"]])


async def test_the_last_owner_is_neither_locked_out_nor_deleted(world: World, root: Client) -> None:
    owner, second = world.here.users[Role.OWNER], await join(world.here, "second@here.test", Role.OWNER)
    both = await set_all(root, owner, second, active=False)
    assert both.refusals("setUsersActive") == [("LAST_OWNER", ["ids", "0"]), ("LAST_OWNER", ["ids", "1"])]
    (await set_all(root, second, active=False)).payload("setUsersActive")
    assert (await root(documents.DELETE_USER, id=gid(owner))).refusals("deleteUser") == [("LAST_OWNER", ["id"])]
    (await set_all(root, second, active=True)).payload("setUsersActive")
    (await root(documents.DELETE_USER, id=gid(owner))).payload("deleteUser")
    assert [email for email, role in (await roles(world.here)).items() if role is Role.OWNER] == ["second@here.test"]


async def test_the_last_owner_of_a_closed_tenant_may_go(world: World, root: Client) -> None:
    owner = world.here.client(Role.OWNER)
    (await owner(documents.CLOSE_TENANT, id=public_id("tenant", world.here.tenant_id))).payload("closeTenant")
    (await root(documents.DELETE_USER, id=gid(world.here.users[Role.OWNER]))).payload("deleteUser")


async def test_owners_who_go_in_all_ways_at_once(world: World, root: Client) -> None:
    """Locked out, deleted, removed and leaving: one who can sign in stays."""
    owners = [world.here.users[Role.OWNER], *[await join(world.here, f"o{n}@here.test", Role.OWNER) for n in range(3)]]
    tenant = public_id("tenant", world.here.tenant_id)
    calls = [set_all(root, each, active=False) for each in owners[:2]]
    calls += [root(documents.DELETE_USER, id=gid(each)) for each in owners[1:3]]
    calls += [world.client(each, "here")(documents.LEAVE_TENANT, id=tenant) for each in owners[2:]]
    place = await place_of(world.here, owners[3])
    calls += [world.client(owners[0], "here")(documents.REMOVE_MEMBER, id=place)]
    async with asyncio.timeout(60):
        await asyncio.gather(*calls)
    left = {email for email, role in (await roles(world.here)).items() if role is Role.OWNER}
    assert [each for each in owners if each.email in left and (await row_of(world, each)).is_active]


async def test_what_who_is_locked_out_wrote_is_void(world: World, root: Client, letterbox: Letterbox) -> None:
    await world.here.client(Role.ADMIN)(documents.INVITE_MEMBER, input={"email": "friend@nowhere.test"})
    friend = world.client(await world.stranger("friend@nowhere.test"))
    (await set_all(root, world.here.users[Role.ADMIN], active=False)).payload("setUsersActive")
    token = (await letterbox.last("friend@nowhere.test")).token
    answer = await friend(documents.ACCEPT_INVITATION, token=token)
    assert answer.refusals("acceptInvitation") == [("INVALID", ["token"])]


async def test_who_is_deleted_is_nobody_any_more_and_what_they_did_stays(world: World, root: Client) -> None:
    admin = world.here.users[Role.ADMIN]
    client = world.here.client(Role.ADMIN)
    (await client(documents.create("Team"), input={"name": "Theirs"})).payload("createTeam")
    (await client(documents.INVITE_MEMBER, input={"email": "friend@nowhere.test"})).payload("inviteMember")
    invite_them = world.there.client(Role.OWNER)(documents.INVITE_MEMBER, input={"email": admin.email})
    (await invite_them).payload("inviteMember")
    await client(documents.LOGIN, input={"email": admin.email, "password": PASSWORD})
    assert (await root(documents.DELETE_USER, id=gid(admin))).payload("deleteUser")["deletedId"] == gid(admin)
    row = await row_of(world, admin)
    assert (row.email, row.full_name) == (f"deleted-{admin.id.hex}@deleted.invalid", "Deleted user")
    gone = (row.password_hash, row.last_login, row.email_verified_at, row.is_active, row.is_superuser)
    assert gone == (None, None, None, False, False)
    assert await left_of(world, admin) == {Session: 0, RefreshToken: 0, MailedToken: 0, Membership: 0, Invitation: 0}
    assert (await client(documents.VIEWER)).codes == ["UNAUTHENTICATED"]
    owner = world.here.client(Role.OWNER)
    assert {team["name"] for team in (await owner(documents.many("Team"))).data["teams"]["nodes"]} == {"Theirs"}
    tenant = (await owner(documents.CURRENT_TENANT)).data["tenant"]
    assert admin.email not in str(tenant)
    query = "{ tenant { invitations { nodes { email revokedAt invitedBy { id } } } } }"
    (invitation,) = (await owner(query)).data["tenant"]["invitations"]["nodes"]
    assert (invitation["email"], invitation["invitedBy"]) == ("friend@nowhere.test", None)
    assert invitation["revokedAt"] is not None
    emails = {user["email"] for user in (await root(documents.USERS)).data["users"]["nodes"]}
    assert emails == EVERYBODY - {admin.email} | {"root@server.test"}


async def left_of(world: World, user: User) -> dict[Any, int]:
    """How many rows still tell of a user, by table."""
    session, mailed, member = table_of(Session), table_of(MailedToken), table_of(Membership)
    invitation, token = table_of(Invitation), table_of(RefreshToken)
    known = select(session.c.id)
    which = {
        Session: session.c.user_id == user.id,
        RefreshToken: token.c.session_id.not_in(known),
        MailedToken: mailed.c.user_id == user.id,
        Membership: member.c.user_id == user.id,
        Invitation: invitation.c.email == user.email,
    }
    found = {}
    for model, condition in which.items():
        ((found[model],),) = await world.read(select(func.count()).select_from(table_of(model)).where(condition))
    return found


async def test_to_delete_again_changes_nothing(world: World, root: Client) -> None:
    id = gid(world.here.users[Role.MEMBER])
    answers = await asyncio.gather(*(root(documents.DELETE_USER, id=id) for _ in range(5)))
    assert {answer.payload("deleteUser")["deletedId"] for answer in answers} == {id}
    row = await row_of(world, world.here.users[Role.MEMBER])
    assert (await root(documents.DELETE_USER, id=id)).payload("deleteUser")["deletedId"] == id
    assert await row_of(world, world.here.users[Role.MEMBER]) == row
    assert (await root(documents.SET_USERS_ACTIVE, ids=[id], active=True)).refusals("setUsersActive") == [
        ("NOT_FOUND", ["ids", "0"])
    ]
    for other in (public_id("user", new_id()), "user_", ""):
        assert (await root(documents.DELETE_USER, id=other)).refusals("deleteUser") == [("NOT_FOUND", ["id"])]


async def test_the_address_of_who_was_deleted_is_free_again(world: World, root: Client) -> None:
    member = world.here.users[Role.MEMBER]
    (await root(documents.DELETE_USER, id=gid(member))).payload("deleteUser")
    new = [{"email": member.email, "fullName": "Another"}]
    (user,) = (await root(documents.BULK_CREATE_USERS, input=new)).payload("bulkCreateUsers")["users"]
    assert user["id"] != gid(member)
