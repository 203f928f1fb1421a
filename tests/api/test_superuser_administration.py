"""Superusers list, activate and deactivate users of all tenants."""

import asyncio

import pytest

from models import User
from models.ids import new_id, public_id
from models.membership import Role
from tests.harness.statement_counter import StatementCounter
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture, global_id
from tests.support.client import Client, GraphQLResponse
from tests.support.email_capture import EmailCapture
from tests.support.memberships import (
    ALL_EMAILS,
    add_member,
    load_user,
    make_superuser,
    membership_id,
    roles_by_email,
    set_active,
)


async def set_users_active(superuser_client: Client, *users: User, active: bool) -> GraphQLResponse:
    """Activate or deactivate these users."""
    return await superuser_client(documents.SET_USERS_ACTIVE, ids=[global_id(user) for user in users], active=active)


async def test_superuser_lists_all_users(app_fixture: AppFixture, superuser_client: Client) -> None:
    users = (await superuser_client(documents.USERS)).data["users"]
    assert users["totalCount"] == 7
    assert {user["email"] for user in users["nodes"]} == ALL_EMAILS | {"root@server.test"}
    assert {user["status"]["isActive"] for user in users["nodes"]} == {True}
    assert [user["email"] for user in users["nodes"] if user["status"]["isSuperuser"]] == ["root@server.test"]


async def test_users_are_filtered_sorted_and_paginated(app_fixture: AppFixture, superuser_client: Client) -> None:
    await set_active(app_fixture, [app_fixture.other_tenant.users[Role.ADMIN]], active=False)
    for where, expected in (
        ({"isActive": {"eq": False}}, ["admin@there.test"]),
        ({"isSuperuser": {"eq": True}}, ["root@server.test"]),
        ({"fullName": {"startsWith": "owner"}}, ["owner@here.test", "owner@there.test"]),
        ({"email": {"contains": "@HERE.test"}, "fullName": {"startsWith": "owner"}}, ["owner@here.test"]),
        ({"lastLogin": {"isNull": False}}, []),
        ({"id": {"eq": global_id(app_fixture.tenant.users[Role.OWNER])}}, ["owner@here.test"]),
        ({"createdAt": {"gt": "2000-01-01T00:00:00Z"}, "not": {"email": {"contains": "there"}}},
         ["admin@here.test", "member@here.test", "owner@here.test", "root@server.test"]),
    ):  # fmt: skip
        order = [{"field": "EMAIL", "direction": "ASC"}]
        nodes = (await superuser_client(documents.USERS, where=where, orderBy=order)).data["users"]["nodes"]
        assert (where, [user["email"] for user in nodes]) == (where, expected)
    emails, after = [], None
    for _ in range(4):
        page = (await superuser_client(documents.USERS, first=2, after=after, orderBy=[{"field": "EMAIL"}])).data[
            "users"
        ]
        emails += [user["email"] for user in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert emails == sorted(ALL_EMAILS | {"root@server.test"})


async def test_superuser_has_no_additional_access_to_tenants(app_fixture: AppFixture, superuser_client: Client) -> None:
    tenant_client = superuser_client.with_headers(**{"X-Tenant": "here"})
    for document in (documents.CURRENT_TENANT, documents.connection("Task")):
        assert (await tenant_client(document)).error_codes == ["FORBIDDEN"]
    owner = app_fixture.tenant.users[Role.OWNER]
    await make_superuser(app_fixture, owner)
    foreign_id = global_id(app_fixture.other_tenant.users[Role.OWNER])
    client = app_fixture.client(owner, "here")
    assert (await client(documents.NODE, id=foreign_id)).data["node"] is None
    query = "{ users { nodes { email memberships { nodes { id } } sessions { totalCount } } } }"
    users = {user["email"]: user for user in (await client(query)).data["users"]["nodes"]}
    assert users["owner@there.test"]["memberships"]["nodes"] == []
    assert {
        email: user["sessions"]["totalCount"] for email, user in users.items() if user["sessions"]["totalCount"]
    } == {"owner@here.test": 1}


async def test_user_status_is_visible_to_self_and_superusers_only(app_fixture: AppFixture) -> None:
    query = "{ tenant { members { nodes { user { email status { isActive } } } } } }"
    nodes = (await app_fixture.tenant.client(Role.OWNER)(query)).data["tenant"]["members"]["nodes"]
    status_by_email = {node["user"]["email"]: node["user"]["status"] for node in nodes}
    assert status_by_email == {"owner@here.test": {"isActive": True}, "admin@here.test": None, "member@here.test": None}


@pytest.mark.parametrize("role", Role)
async def test_operations_require_active_superuser(role: Role, app_fixture: AppFixture) -> None:
    target = app_fixture.tenant.users[Role.MEMBER]
    client = app_fixture.tenant.client(role)
    new = {"email": "new@server.test", "fullName": "New"}
    for requester, code in ((client, "FORBIDDEN"), (app_fixture.client(), "UNAUTHENTICATED")):
        assert (await requester(documents.USERS)).error_codes == [code]
        assert (await set_users_active(requester, target, active=False)).error_codes == [code]
        assert (await requester(documents.BULK_CREATE_USERS, input=[new])).error_codes == [code]
        assert (await requester(documents.DELETE_USER, id=global_id(target))).error_codes == [code]
    assert (await load_user(app_fixture, target)).is_active
    await make_superuser(app_fixture, app_fixture.tenant.users[role])
    assert (await client(documents.USERS)).data["users"]["totalCount"] == 6
    await set_active(app_fixture, [app_fixture.tenant.users[role]], active=False)
    assert (await client(documents.USERS)).error_codes == ["UNAUTHENTICATED"]


async def test_deactivated_user_loses_access_and_must_sign_in_again(
    app_fixture: AppFixture, superuser_client: Client
) -> None:
    users = [app_fixture.tenant.users[Role.MEMBER], app_fixture.other_tenant.users[Role.ADMIN]]
    member_client = app_fixture.tenant.client()
    response = await set_users_active(superuser_client, *users, users[0], active=False)
    updated = response.payload("setUsersActive")["users"]
    assert [(user["email"], user["status"]["isActive"], user["version"]) for user in updated] == [
        ("member@here.test", False, 2),
        ("admin@there.test", False, 2),
    ]
    assert (await member_client(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]
    credentials = {"email": "member@here.test", "password": PASSWORD}
    assert (await member_client(documents.LOGIN, input=credentials)).user_errors("login") == [
        ("BAD_CREDENTIALS", ["input"])
    ]
    repeated = (await set_users_active(superuser_client, *users, active=False)).payload("setUsersActive")["users"]
    assert [user["version"] for user in repeated] == [2, 2]
    (await set_users_active(superuser_client, *users, active=True)).payload("setUsersActive")
    assert (await member_client(documents.VIEWER)).error_codes == ["UNAUTHENTICATED"]  # the old session stays revoked
    assert (await member_client(documents.LOGIN, input=credentials)).payload("login")


async def test_users_are_updated_in_one_statement(
    app_fixture: AppFixture, superuser_client: Client, statement_counter: StatementCounter
) -> None:
    users = [await app_fixture.create_user(f"user{n}@server.test") for n in range(20)]
    with statement_counter:
        (await set_users_active(superuser_client, *users, active=False)).payload("setUsersActive")
    assert len([sql for sql in statement_counter.statements if sql.replace('"', "").startswith("UPDATE user ")]) == 1
    statement_counter.assert_budget(12)


async def test_set_users_active_is_all_or_nothing(app_fixture: AppFixture, superuser_client: Client) -> None:
    member, owner = app_fixture.tenant.users[Role.MEMBER], app_fixture.tenant.users[Role.OWNER]
    ids = [global_id(member), public_id("user", new_id()), global_id(owner), "user_", global_id(member)]
    response = await superuser_client(documents.SET_USERS_ACTIVE, ids=ids, active=False)
    assert response.user_errors("setUsersActive") == [
        ("NOT_FOUND", ["ids", "1"]),
        ("LAST_OWNER", ["ids", "2"]),
        ("NOT_FOUND", ["ids", "3"]),
    ]
    assert (await load_user(app_fixture, member)).is_active
    assert (await superuser_client(documents.SET_USERS_ACTIVE, ids=[], active=True)).user_errors("setUsersActive") == [
        ("TOO_SHORT", ["ids"])
    ]
    too_many_ids = [global_id(member)] * 1001
    assert (await superuser_client(documents.SET_USERS_ACTIVE, ids=too_many_ids[1:], active=True)).payload(
        "setUsersActive"
    )
    assert (await superuser_client(documents.SET_USERS_ACTIVE, ids=too_many_ids, active=True)).error_codes == [
        "BAD_USER_INPUT"
    ]


async def test_superuser_cannot_deactivate_or_delete_self(app_fixture: AppFixture, superuser_client: Client) -> None:
    own_id = (await superuser_client(documents.VIEWER)).data["viewer"]["id"]
    assert (await superuser_client(documents.SET_USERS_ACTIVE, ids=[own_id], active=False)).user_errors(
        "setUsersActive"
    ) == [("INVALID", ["ids", "0"])]
    assert (await superuser_client(documents.DELETE_USER, id=own_id)).user_errors("deleteUser") == [("INVALID", ["id"])]
    assert (await superuser_client(documents.SET_USERS_ACTIVE, ids=[own_id], active=True)).payload("setUsersActive")


async def test_two_superusers_deactivating_each_other_leave_one(
    app_fixture: AppFixture, superuser_client: Client
) -> None:
    second = await app_fixture.create_user("second@server.test")
    await make_superuser(app_fixture, second)
    own_id = (await superuser_client(documents.VIEWER)).data["viewer"]["id"]
    responses = await asyncio.gather(
        set_users_active(superuser_client, second, active=False),
        app_fixture.client(second)(documents.SET_USERS_ACTIVE, ids=[own_id], active=False),
    )
    assert sorted(response.error_codes for response in responses) in ([[], ["FORBIDDEN"]], [[], ["UNAUTHENTICATED"]])


async def test_last_owner_is_neither_deactivated_nor_deleted(app_fixture: AppFixture, superuser_client: Client) -> None:
    owner, second = (
        app_fixture.tenant.users[Role.OWNER],
        await add_member(app_fixture.tenant, "second@here.test", Role.OWNER),
    )
    response = await set_users_active(superuser_client, owner, second, active=False)
    assert response.user_errors("setUsersActive") == [("LAST_OWNER", ["ids", "0"]), ("LAST_OWNER", ["ids", "1"])]
    (await set_users_active(superuser_client, second, active=False)).payload("setUsersActive")
    assert (await superuser_client(documents.DELETE_USER, id=global_id(owner))).user_errors("deleteUser") == [
        ("LAST_OWNER", ["id"])
    ]
    (await set_users_active(superuser_client, second, active=True)).payload("setUsersActive")
    (await superuser_client(documents.DELETE_USER, id=global_id(owner))).payload("deleteUser")
    assert [email for email, role in (await roles_by_email(app_fixture.tenant)).items() if role is Role.OWNER] == [
        "second@here.test"
    ]


async def test_last_owner_of_closed_tenant_can_be_deleted(app_fixture: AppFixture, superuser_client: Client) -> None:
    owner = app_fixture.tenant.client(Role.OWNER)
    (await owner(documents.CLOSE_TENANT, id=public_id("tenant", app_fixture.tenant.id))).payload("closeTenant")
    (await superuser_client(documents.DELETE_USER, id=global_id(app_fixture.tenant.users[Role.OWNER]))).payload(
        "deleteUser"
    )


async def test_concurrent_removals_of_any_kind_leave_one_active_owner(
    app_fixture: AppFixture, superuser_client: Client
) -> None:
    """Deactivation, deletion, removal and departure: one owner who can sign in remains."""
    owners = [
        app_fixture.tenant.users[Role.OWNER],
        *[await add_member(app_fixture.tenant, f"o{n}@here.test", Role.OWNER) for n in range(3)],
    ]
    tenant = public_id("tenant", app_fixture.tenant.id)
    calls = [set_users_active(superuser_client, owner, active=False) for owner in owners[:2]]
    calls += [superuser_client(documents.DELETE_USER, id=global_id(owner)) for owner in owners[1:3]]
    calls += [app_fixture.client(owner, "here")(documents.LEAVE_TENANT, id=tenant) for owner in owners[2:]]
    owner_membership = await membership_id(app_fixture.tenant, owners[3])
    calls += [app_fixture.client(owners[0], "here")(documents.REMOVE_MEMBER, id=owner_membership)]
    async with asyncio.timeout(60):
        await asyncio.gather(*calls)
    remaining = {email for email, role in (await roles_by_email(app_fixture.tenant)).items() if role is Role.OWNER}
    assert [owner for owner in owners if owner.email in remaining and (await load_user(app_fixture, owner)).is_active]


async def test_invitation_of_deactivated_user_is_invalid(
    app_fixture: AppFixture, superuser_client: Client, email_capture: EmailCapture
) -> None:
    await app_fixture.tenant.client(Role.ADMIN)(documents.INVITE_MEMBER, input={"email": "friend@nowhere.test"})
    invitee = app_fixture.client(await app_fixture.create_user("friend@nowhere.test"))
    (await set_users_active(superuser_client, app_fixture.tenant.users[Role.ADMIN], active=False)).payload(
        "setUsersActive"
    )
    token = (await email_capture.last_email("friend@nowhere.test")).link_token
    response = await invitee(documents.ACCEPT_INVITATION, token=token)
    assert response.user_errors("acceptInvitation") == [("INVALID", ["token"])]
