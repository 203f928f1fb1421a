"""Workers are linked to the accounts of members: who may link them, what is rejected, and when links end."""

import pytest

from models import User
from models.ids import public_id
from models.membership import Role
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.workers import CREATE, UPDATE, create_worker, link, linked_account, user_id

API_KEY = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }"
UPSERT = """
mutation ($by: WorkerUpsertKey!, $input: UpsertWorkerInput!) {
  upsertWorker(by: $by, input: $input) { worker { id name user { id } } userErrors { code field } }
}
"""
BULK_CREATE = """
mutation ($inputs: [CreateWorkerInput!]!, $policy: BulkErrorPolicy!) {
  bulkCreateWorkers(inputs: $inputs, errorPolicy: $policy) {
    results { worker { user { id } } userErrors { code field } } userErrors { code field }
  }
}
"""
BULK_UPDATE = """
mutation ($updates: [BulkUpdateWorkerInput!]!) {
  bulkUpdateWorkers(updates: $updates) { results { worker { user { id } } } userErrors { code field } }
}
"""


@pytest.fixture
def member(app_fixture: AppFixture) -> User:
    """The tenant's member."""
    return app_fixture.tenant.users[Role.MEMBER]


async def key_client(app_fixture: AppFixture, role: Role) -> Client:
    """Return a client with a new API key."""
    owner = app_fixture.tenant.client(Role.OWNER)
    secret = (await owner(API_KEY, input={"name": "Key", "role": role})).data["createApiKey"]["secret"]
    return Client(app_fixture.http, Authorization=f"Bearer {secret}")


# Writing links


async def test_admin_links_and_unlinks_any_member(admin_client: Client, member: User) -> None:
    id = await create_worker(admin_client)
    linked = (await link(admin_client, id, member)).payload("updateWorker")["worker"]
    assert (linked["user"], linked["version"]) == ({"id": user_id(member)}, 2)
    assert linked["history"]["nodes"][0] == {"action": "UPDATED", "changedFields": ["userId"]}
    unlinked = (await link(admin_client, id, None)).payload("updateWorker")["worker"]
    assert (unlinked["user"], unlinked["version"]) == (None, 3)


async def test_worker_is_linked_when_created(admin_client: Client, member: User) -> None:
    id = await create_worker(admin_client, userId=user_id(member))
    assert await linked_account(admin_client, id) == user_id(member)


async def test_worker_is_found_by_account(app_fixture: AppFixture, admin_client: Client, member: User) -> None:
    id = await create_worker(admin_client, userId=user_id(member))
    query = "query ($by: WorkerKey!) { worker(by: $by) { id } }"
    assert (await admin_client(query, by={"userId": user_id(member)})).data["worker"] == {"id": id}
    for other in (user_id(app_fixture.tenant.users[Role.ADMIN]), "user_x", id):
        assert (await admin_client(query, by={"userId": other})).data["worker"] is None
    foreign_client = app_fixture.other_tenant.client()
    assert (await foreign_client(query, by={"userId": user_id(member)})).data["worker"] is None


async def test_audit_contains_ids_of_accounts(admin_client: Client, member: User) -> None:
    id = await create_worker(admin_client)
    await link(admin_client, id, member)
    query = "query ($id: ID!) { worker(id: $id) { history(first: 1) { nodes { before after } } } }"
    (entry,) = (await admin_client(query, id=id)).data["worker"]["history"]["nodes"]
    assert entry == {"before": {"userId": None}, "after": {"userId": user_id(member)}}


async def test_unknown_accounts_are_not_found(app_fixture: AppFixture, admin_client: Client) -> None:
    outsider = await app_fixture.create_user()
    foreign = app_fixture.other_tenant.users[Role.MEMBER]
    id = await create_worker(admin_client)
    for unknown in (user_id(outsider), user_id(foreign), public_id("user", app_fixture.tenant.id), "user_x", id, ""):
        created = await admin_client(CREATE, input={"name": "Bob", "userId": unknown})
        assert created.user_errors("createWorker") == [("NOT_FOUND", ["input", "userId"])]
        updated = await admin_client(UPDATE, id=id, input={"userId": unknown})
        assert updated.user_errors("updateWorker") == [("NOT_FOUND", ["input", "userId"])]
    assert await linked_account(admin_client, id) is None


async def test_account_has_at_most_one_worker(admin_client: Client, member: User) -> None:
    first, second = await create_worker(admin_client, userId=user_id(member)), await create_worker(admin_client)
    taken = [("TAKEN", ["input", "userId"])]
    assert (await link(admin_client, second, member)).user_errors("updateWorker") == taken
    created = await admin_client(CREATE, input={"name": "Bob", "userId": user_id(member)})
    assert created.user_errors("createWorker") == taken
    await link(admin_client, first, None)
    assert (await link(admin_client, second, member)).payload("updateWorker")


async def test_account_has_a_worker_in_each_tenant(app_fixture: AppFixture) -> None:
    owner = app_fixture.tenant.users[Role.OWNER]
    client = app_fixture.client(owner, "here")
    tenant = {"name": "Third", "slug": "third"}
    assert (await client(documents.CREATE_TENANT, input=tenant)).payload("createTenant")
    for slug in ("here", "third"):
        id = await create_worker(app_fixture.client(owner, slug), userId=user_id(owner))
        assert await linked_account(app_fixture.client(owner, slug), id) == user_id(owner)


# Permissions


async def test_member_links_only_themself(
    app_fixture: AppFixture, member_client: Client, admin_client: Client, member: User
) -> None:
    admin, owner = app_fixture.tenant.users[Role.ADMIN], app_fixture.tenant.users[Role.OWNER]
    mine, theirs = await create_worker(member_client), await create_worker(admin_client, userId=user_id(admin))
    assert (await link(member_client, mine, member)).payload("updateWorker")
    for id, user in ((mine, owner), (theirs, None), (theirs, owner)):
        assert (await link(member_client, id, user)).error_codes == ["FORBIDDEN"]
    created = await member_client(CREATE, input={"name": "Bob", "userId": user_id(owner)})
    assert created.error_codes == ["FORBIDDEN"]
    assert await linked_account(member_client, mine) == user_id(member)
    assert await linked_account(member_client, theirs) == user_id(admin)
    renamed = await member_client(UPDATE, id=theirs, input={"name": "Eve", "userId": user_id(admin)})
    assert renamed.payload("updateWorker")["worker"]["name"] == "Eve"  # the link is unchanged
    assert (await link(member_client, mine, None)).payload("updateWorker")
    assert (await link(member_client, theirs, member)).error_codes == ["FORBIDDEN"]


async def test_member_links_only_themself_in_bulk_and_by_upsert(
    app_fixture: AppFixture, member_client: Client, admin_client: Client, member: User
) -> None:
    admin = app_fixture.tenant.users[Role.ADMIN]
    theirs = await create_worker(admin_client, userId=user_id(admin), externalId="W-1")
    rows = [{"name": "Bob"}, {"name": "Eve", "userId": user_id(app_fixture.tenant.users[Role.OWNER])}]
    for policy in ("REJECT_ALL", "SKIP_FAILED"):
        assert (await member_client(BULK_CREATE, inputs=rows, policy=policy)).error_codes == ["FORBIDDEN"]
    updates = [{"id": theirs, "input": {"userId": None}}]
    assert (await member_client(BULK_UPDATE, updates=updates)).error_codes == ["FORBIDDEN"]
    for by, input in (
        ({"externalId": "W-1"}, {"name": "Ada", "userId": user_id(member)}),
        ({"externalId": "W-2"}, {"name": "Ada", "userId": user_id(app_fixture.tenant.users[Role.OWNER])}),
    ):
        assert (await member_client(UPSERT, by=by, input=input)).error_codes == ["FORBIDDEN"]
    workers = (await member_client("{ workers { nodes { user { id } } } }")).data["workers"]["nodes"]
    assert workers == [{"user": {"id": user_id(admin)}}]


async def test_api_keys_link_members_with_the_role_admin(app_fixture: AppFixture, member: User) -> None:
    admin, plain = await key_client(app_fixture, Role.ADMIN), await key_client(app_fixture, Role.MEMBER)
    id = await create_worker(plain)
    assert (await link(plain, id, member)).error_codes == ["FORBIDDEN"]
    assert (await link(admin, id, member)).payload("updateWorker")


# Bulk mutations and upserts


async def test_rows_of_bulk_mutations_are_checked_one_by_one(
    app_fixture: AppFixture, admin_client: Client, member: User
) -> None:
    foreign = app_fixture.other_tenant.users[Role.MEMBER]
    rows = [{"name": "Ada", "userId": user_id(user)} for user in (member, foreign, member)]
    response = await admin_client(BULK_CREATE, inputs=[*rows, {"name": "Bob"}], policy="SKIP_FAILED")
    results = response.payload("bulkCreateWorkers")["results"]
    assert [row["worker"] for row in results] == [{"user": {"id": user_id(member)}}, None, None, {"user": None}]
    assert [[error["code"] for error in row["userErrors"]] for row in results] == [[], ["NOT_FOUND"], ["TAKEN"], []]
    assert results[1]["userErrors"][0]["field"] == ["inputs", "1", "userId"]


async def test_accounts_are_exchanged_in_two_steps(app_fixture: AppFixture, admin_client: Client, member: User) -> None:
    admin = app_fixture.tenant.users[Role.ADMIN]
    ids = [await create_worker(admin_client, userId=user_id(user)) for user in (member, admin)]
    for users in ((None, None), (admin, member)):
        updates = [
            {"id": id, "input": {"userId": None if user is None else user_id(user)}}
            for id, user in zip(ids, users, strict=True)
        ]
        assert (await admin_client(BULK_UPDATE, updates=updates)).payload("bulkUpdateWorkers")
    assert [await linked_account(admin_client, id) for id in ids] == [user_id(admin), user_id(member)]


async def test_worker_is_upserted_by_account(app_fixture: AppFixture, admin_client: Client, member: User) -> None:
    by = {"userId": user_id(member)}
    created = (await admin_client(UPSERT, by=by, input={"name": "Ada"})).payload("upsertWorker")["worker"]
    assert created["user"] == {"id": user_id(member)}
    updated = (await admin_client(UPSERT, by=by, input={"name": "Bob"})).payload("upsertWorker")["worker"]
    assert updated == created | {"name": "Bob"}
    for unknown in (user_id(app_fixture.other_tenant.users[Role.MEMBER]), "user_x"):
        response = await admin_client(UPSERT, by={"userId": unknown}, input={"name": "Ada"})
        assert response.user_errors("upsertWorker") == [("NOT_FOUND", ["input", "userId"])]
