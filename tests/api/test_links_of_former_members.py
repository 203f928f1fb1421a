"""Links of workers to accounts end with the membership, also if both happen at once."""

import asyncio
from typing import Any

import pytest

from database.authentication import Credentials
from models import User
from models.ids import public_id
from models.membership import Role
from services.core.use_case import run_use_case
from services.people import user as people
from tests.api.concurrent_calls import count_outcomes, send_concurrently
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.memberships import add_member, membership_id
from tests.support.workers import UPDATE, create_worker, link, linked_account, user_id


@pytest.fixture
def member(app_fixture: AppFixture) -> User:
    """The tenant's member."""
    return app_fixture.tenant.users[Role.MEMBER]


# Members who leave


async def _end_by_removal(app_fixture: AppFixture, user: User) -> None:
    id = await membership_id(app_fixture.tenant, user)
    response = await app_fixture.tenant.client(Role.ADMIN)(documents.REMOVE_MEMBER, id=id)
    assert response.payload("removeMember")["deletedId"] == id


async def _end_by_leaving(app_fixture: AppFixture, user: User) -> None:
    id = public_id("tenant", app_fixture.tenant.id)
    assert (await app_fixture.client(user, "here")(documents.LEAVE_TENANT, id=id)).payload("leaveTenant")


@pytest.mark.parametrize("end", [_end_by_removal, _end_by_leaving])
async def test_link_is_cleared_when_membership_ends(
    end: Any, app_fixture: AppFixture, admin_client: Client, member: User
) -> None:
    id = await create_worker(admin_client, userId=user_id(member))
    await end(app_fixture, member)
    query = """query ($id: ID!) { worker(id: $id) { version user { id }
                 history(first: 1) { nodes { action before after } } } }"""
    worker = (await admin_client(query, id=id)).data["worker"]
    assert (worker["version"], worker["user"]) == (2, None)
    (entry,) = worker["history"]["nodes"]
    assert entry == {"action": "UPDATED", "before": {"userId": user_id(member)}, "after": {"userId": None}}


async def test_links_in_all_tenants_are_cleared_when_user_is_deleted(
    app_fixture: AppFixture, superuser_client: Client
) -> None:
    user = await add_member(app_fixture.tenant, "dual@both.test", Role.MEMBER)
    other = app_fixture.other_tenant
    await add_membership(app_fixture, user)
    clients = (app_fixture.tenant.client(Role.ADMIN), other.client(Role.ADMIN))
    ids = [await create_worker(client, userId=user_id(user)) for client in clients]
    untouched = await create_worker(clients[0], "Bob", userId=user_id(app_fixture.tenant.users[Role.MEMBER]))
    deleted = await superuser_client(documents.DELETE_USER, id=user_id(user))
    assert deleted.payload("deleteUser")["deletedId"] == user_id(user)
    history = "query ($id: ID!) { worker(id: $id) { version user { id } history(first: 1) { nodes { before } } } }"
    for client, id in zip(clients, ids, strict=True):
        worker = (await client(history, id=id)).data["worker"]
        assert worker == {"version": 2, "user": None, "history": {"nodes": [{"before": {"userId": user_id(user)}}]}}
    assert await linked_account(clients[0], untouched) == user_id(app_fixture.tenant.users[Role.MEMBER])


async def add_membership(app_fixture: AppFixture, user: User) -> None:
    """Make a user a member of the other tenant too."""
    tenant_id = app_fixture.other_tenant.id
    insert = lambda work: people.add_member(work, tenant_id, user.id, Role.MEMBER)  # noqa: E731
    await run_use_case(app_fixture.database, Credentials(), insert)


async def test_deactivated_member_stays_linked(
    app_fixture: AppFixture, admin_client: Client, superuser_client: Client, member: User
) -> None:
    id = await create_worker(admin_client, userId=user_id(member))
    await superuser_client(documents.SET_USERS_ACTIVE, ids=[user_id(member)], active=False)
    assert await linked_account(admin_client, id) == user_id(member)


# Concurrency


async def test_only_one_of_two_concurrent_links_to_an_account_succeeds(admin_client: Client, member: User) -> None:
    ids = [await create_worker(admin_client) for _ in range(4)]
    calls = [("updateWorker", UPDATE, {"id": id, "input": {"userId": user_id(member)}}) for id in ids]
    assert count_outcomes(await send_concurrently(admin_client, calls)) == {"OK": 1, "TAKEN": 3}
    accounts = [await linked_account(admin_client, id) for id in ids]
    assert accounts.count(user_id(member)) == 1


@pytest.mark.parametrize("round_number", range(4))
async def test_member_who_leaves_while_being_linked_is_not_linked(
    round_number: int, app_fixture: AppFixture, admin_client: Client
) -> None:
    user = await add_member(app_fixture.tenant, f"leaving{round_number}@here.test", Role.MEMBER)
    id, membership = await create_worker(admin_client), await membership_id(app_fixture.tenant, user)
    linked, removed = await asyncio.gather(
        link(admin_client, id, user), admin_client(documents.REMOVE_MEMBER, id=membership)
    )
    assert removed.payload("removeMember")["deletedId"] == membership
    assert linked.user_errors("updateWorker") in ([], [("NOT_FOUND", ["input", "userId"])])
    assert await linked_account(admin_client, id) is None


async def test_user_who_is_deleted_while_being_linked_is_not_linked(
    app_fixture: AppFixture, admin_client: Client, superuser_client: Client
) -> None:
    user = await add_member(app_fixture.tenant, "leaving@here.test", Role.MEMBER)
    id = await create_worker(admin_client)
    linked, deleted = await asyncio.gather(
        link(admin_client, id, user), superuser_client(documents.DELETE_USER, id=user_id(user))
    )
    assert deleted.payload("deleteUser")["deletedId"] == user_id(user)
    assert linked.user_errors("updateWorker") in ([], [("NOT_FOUND", ["input", "userId"])])
    assert await linked_account(admin_client, id) is None
