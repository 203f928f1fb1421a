"""The worker, the tasks and the orders of the signed-in user, and filters with `isMe`."""

import logging
from typing import Any

import pytest
from fastapi import FastAPI

from database.authentication import Credentials
from models import Product, User
from models.membership import Role
from services.core.use_case import run_use_case
from services.people import user as people
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.executor_comparison import ExecutorComparison
from tests.support.executors import needs_compiled_executor
from tests.support.query_strategy import GeneratedQuery
from tests.support.workers import create_worker, user_id

VIEWER = """
{ viewer { worker { name } tasks { totalCount nodes { title } } orders { totalCount nodes { number } } } }
"""
NOTHING = {"worker": None, "tasks": {"totalCount": 0, "nodes": []}, "orders": {"totalCount": 0, "nodes": []}}
CREATE_TASK = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } userErrors { code } } }"
TASKS = "query ($where: TaskWhere) { tasks(where: $where, orderBy: [{field: TITLE}]) { nodes { title } } }"
ASSIGN = """mutation ($taskId: ID!, $workerIds: [ID!]!) {
  assignWorkers(taskId: $taskId, workerIds: $workerIds) { userErrors { code } }
}"""
MEMBERS = "{ tenant { members { nodes { user { worker { name } tasks { nodes { title } } } } } } }"
API_KEY = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }"


@pytest.fixture
async def key_client(app_fixture: AppFixture) -> Client:
    """A client with an API key of the tenant."""
    owner = app_fixture.tenant.client(Role.OWNER)
    secret = (await owner(API_KEY, input={"name": "Key", "role": "OWNER"})).data["createApiKey"]["secret"]
    return Client(app_fixture.http, Authorization=f"Bearer {secret}")


@pytest.fixture
async def workers(app_fixture: AppFixture, admin_client: Client) -> dict[Role | None, str]:
    """The ids of the workers of the member and of the admin, and of one without an account."""
    users = app_fixture.tenant.users
    linked: dict[Role | None, str] = {
        role: await create_worker(admin_client, role.name, userId=user_id(users[role]))
        for role in (Role.MEMBER, Role.ADMIN)
    }
    return linked | {None: await create_worker(admin_client, "NONE")}


@pytest.fixture
async def tasks(member_client: Client, workers: dict[Role | None, str]) -> None:
    """A task of each worker, one without an assignee, and a task that the member and the admin work on."""
    for role, id in workers.items():
        await create_task(member_client, f"of {role and role.name}", assigneeId=id)
    await create_task(member_client, "unassigned")
    shared = await create_task(member_client, "shared")
    await member_client(ASSIGN, taskId=shared, workerIds=[workers[Role.MEMBER], workers[Role.ADMIN]])


async def create_task(client: Client, title: str, **input: Any) -> str:
    """Create a task, and return its id."""
    response = await client(CREATE_TASK, input={"title": title} | input)
    return str(response.payload("createTask")["task"]["id"])


async def titles(client: Client, where: Any) -> list[str]:
    """Return the titles of the tasks that match a filter."""
    return [task["title"] for task in (await client(TASKS, where=where)).data["tasks"]["nodes"]]


# viewer


@pytest.mark.usefixtures("tasks")
async def test_viewer_has_own_worker_tasks_and_orders(app_fixture: AppFixture, member_client: Client) -> None:
    product = await app_fixture.tenant.create(Product)
    mine = await app_fixture.tenant.place_order((product, 1))
    await app_fixture.tenant.place_order((product, 1), role=Role.ADMIN)
    assert (await member_client(VIEWER)).data["viewer"] == {
        "worker": {"name": "MEMBER"},
        "tasks": {"totalCount": 1, "nodes": [{"title": "of MEMBER"}]},
        "orders": {"totalCount": 1, "nodes": [{"number": mine.number}]},
    }
    admin = (await app_fixture.tenant.client(Role.ADMIN)(VIEWER)).data["viewer"]
    assert (admin["worker"], admin["tasks"]["nodes"]) == ({"name": "ADMIN"}, [{"title": "of ADMIN"}])
    assert admin["orders"]["totalCount"] == 1  # an admin sees all orders, but has placed one


async def test_viewer_without_worker_has_no_tasks(app_fixture: AppFixture, member_client: Client) -> None:
    await create_task(member_client, "unassigned")
    await create_task(member_client, "of another", assigneeId=await create_worker(member_client))
    for client in (member_client, app_fixture.tenant.client(Role.OWNER)):
        assert (await client(VIEWER)).data["viewer"] == NOTHING


@pytest.mark.usefixtures("tasks")
async def test_viewer_without_tenant_has_nothing(app_fixture: AppFixture) -> None:
    """A member of several tenants who names none of them, and one who names a tenant of others."""
    user = app_fixture.tenant.users[Role.MEMBER]
    assert (await app_fixture.client(user, "there")(VIEWER)).data["viewer"] == NOTHING
    assert (await app_fixture.client(user)(VIEWER)).data["viewer"]["tasks"]["totalCount"] == 1
    await _join_other_tenant(app_fixture, user)
    assert (await app_fixture.client(user)(VIEWER)).data["viewer"] == NOTHING


async def _join_other_tenant(app_fixture: AppFixture, user: User) -> None:
    tenant_id = app_fixture.other_tenant.id
    insert = lambda work: people.add_member(work, tenant_id, user.id, Role.MEMBER)  # noqa: E731
    await run_use_case(app_fixture.database, Credentials(), insert)


@pytest.mark.usefixtures("tasks")
async def test_member_of_two_tenants_has_a_worker_in_each(app_fixture: AppFixture, workers: Any) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    await _join_other_tenant(app_fixture, user)
    there = app_fixture.client(user, "there")
    other_worker = await create_worker(there, "THERE", userId=user_id(user))
    await create_task(there, "there", assigneeId=other_worker)
    assert (await there(VIEWER)).data["viewer"]["worker"] == {"name": "THERE"}
    assert (await there(VIEWER)).data["viewer"]["tasks"]["nodes"] == [{"title": "there"}]
    here = (await app_fixture.client(user, "here")(VIEWER)).data["viewer"]
    assert here["tasks"]["nodes"] == [{"title": "of MEMBER"}]


async def test_viewer_requires_a_signed_in_user(app_fixture: AppFixture, key_client: Client) -> None:
    assert (await key_client(VIEWER)).error_codes == ["FORBIDDEN"]
    assert (await app_fixture.client()(VIEWER)).error_codes == ["UNAUTHENTICATED"]


async def test_own_tasks_take_the_arguments_of_every_connection(
    member_client: Client, workers: dict[Role | None, str]
) -> None:
    for title, priority in (("a", "LOW"), ("b", "HIGH"), ("c", "HIGH")):
        await create_task(member_client, title, priority=priority, assigneeId=workers[Role.MEMBER])
        await create_task(member_client, f"other {title}", priority=priority, assigneeId=workers[Role.ADMIN])
    query = """{ viewer { tasks(first: 1, where: {priority: {eq: HIGH}}, orderBy: [{field: TITLE}]) {
        totalCount edges { cursor node { title } } pageInfo { hasNextPage }
        aggregate(groupBy: [{field: PRIORITY}]) { groups { key { priority } count } } } } }"""
    page = (await member_client(query)).data["viewer"]["tasks"]
    assert (page["totalCount"], page["pageInfo"], page["edges"][0]["node"]) == (
        2,
        {"hasNextPage": True},
        {"title": "b"},
    )
    assert page["aggregate"]["groups"] == [{"key": {"priority": "HIGH"}, "count": 2}]
    after = page["edges"][0]["cursor"]
    query = f'{{ viewer {{ tasks(after: "{after}", orderBy: [{{field: TITLE}}]) {{ nodes {{ title }} }} }} }}'
    assert (await member_client(query)).data["viewer"]["tasks"]["nodes"] == [{"title": "c"}]
    assert (await member_client("{ viewer { tasks(first: 101) { totalCount } } }")).error_codes == ["BAD_USER_INPUT"]


@needs_compiled_executor
async def test_each_list_of_users_is_one_statement(
    app_fixture: AppFixture, admin_client: Client, statement_counter: StatementCounter
) -> None:
    for number, user in enumerate(app_fixture.tenant.users.values()):
        worker = await create_worker(admin_client, f"W{number}", userId=user_id(user))
        await create_task(admin_client, f"T{number}", assigneeId=worker)
    with statement_counter:
        nodes = (await admin_client(MEMBERS)).data["tenant"]["members"]["nodes"]
    statement_counter.assert_budget(6)  # identity, tenant, members, users, workers, tasks
    users = sorted((node["user"]["worker"]["name"], node["user"]["tasks"]["nodes"][0]["title"]) for node in nodes)
    assert users == [("W0", "T0"), ("W1", "T1"), ("W2", "T2")]


@pytest.mark.usefixtures("tasks")
async def test_executors_agree(app: FastAPI, app_fixture: AppFixture, caplog: pytest.LogCaptureFixture) -> None:
    tenant, filters = app_fixture.tenant, ({"assignee": {"isMe": True}}, {"workers": {"every": {"isMe": False}}})
    queries = (
        GeneratedQuery(VIEWER, ({}, {})),
        GeneratedQuery(MEMBERS, ({}, {})),
        GeneratedQuery(TASKS, ({"where": filters[0]}, {"where": filters[1]})),
    )
    with caplog.at_level(logging.DEBUG, "executor.plan_with_fallback"):
        comparison = ExecutorComparison(app.state.services, caplog)
        for role in Role:
            credentials = Credentials(tenant.users[role].id, tenant.slug, session_id=app_fixture.session_id(role))
            for query in queries:
                await comparison.compare(query, credentials)
    assert comparison.outcome_counts == {"data": 12}


# isMe


@pytest.mark.usefixtures("tasks")
async def test_is_me_matches_objects_of_the_signed_in_user(app_fixture: AppFixture) -> None:
    for role in (Role.MEMBER, Role.ADMIN, Role.MEMBER):  # each user has other values in the same statement
        client = app_fixture.tenant.client(role)
        assert await titles(client, {"assignee": {"isMe": True}}) == [f"of {role.name}"]
        assert await titles(client, {"workers": {"some": {"isMe": True}}}) == ["shared"]
    owner = app_fixture.tenant.client(Role.OWNER)
    assert await titles(owner, {"assignee": {"isMe": True}}) == []


@pytest.mark.usefixtures("tasks")
async def test_is_me_false_matches_all_other_objects(member_client: Client) -> None:
    assert await titles(member_client, {"assignee": {"isMe": False}}) == ["of ADMIN", "of None"]
    everything_else = ["of ADMIN", "of None", "shared", "unassigned"]
    assert await titles(member_client, {"not": {"assignee": {"isMe": True}}}) == everything_else
    assert "shared" not in await titles(member_client, {"workers": {"every": {"isMe": True}}})
    query = "query ($isMe: Boolean!) { workers(where: {isMe: $isMe}) { nodes { name } } }"
    names = {value: (await member_client(query, isMe=value)).data["workers"]["nodes"] for value in (True, False)}
    assert names == {True: [{"name": "MEMBER"}], False: [{"name": "NONE"}, {"name": "ADMIN"}]}


@pytest.mark.usefixtures("tasks")
async def test_is_me_is_true_for_no_object_with_an_api_key(key_client: Client) -> None:
    assert await titles(key_client, {"assignee": {"isMe": True}}) == []
    assert await titles(key_client, {"assignee": {"isMe": False}}) == ["of ADMIN", "of MEMBER", "of None"]


async def test_null_is_refused(member_client: Client) -> None:
    for where in ({"assignee": {"isMe": None}}, {"workers": {"some": {"isMe": None}}}):
        assert (await member_client(TASKS, where=where)).error_codes == ["BAD_USER_INPUT"]
    query = "query ($isMe: Boolean) { tasks(where: {assignee: {isMe: $isMe}}) { nodes { title } } }"
    assert (await member_client(query)).error_codes == ["BAD_USER_INPUT"]


async def test_users_members_and_orders_have_is_me(
    app_fixture: AppFixture, member_client: Client, superuser_client: Client
) -> None:
    email = app_fixture.tenant.users[Role.MEMBER].email
    own = "{ nodes { user { email } } }"
    for where in ("{isMe: true}", "{user: {isMe: true}}"):
        tenant = (await member_client(f"{{ tenant {{ members(where: {where}) {own} }} }}")).data["tenant"]
        assert tenant["members"]["nodes"] == [{"user": {"email": email}}]
    users = (await superuser_client("{ users(where: {isMe: true}) { nodes { email } } }")).data["users"]
    assert users["nodes"] == [{"email": "root@server.test"}]
    product = await app_fixture.tenant.create(Product)
    for role in (Role.MEMBER, Role.ADMIN):
        await app_fixture.tenant.place_order((product, 1), role=role)
    admin = app_fixture.tenant.client(Role.ADMIN)
    query = "{ orders(where: {placedBy: {isMe: true}}) { nodes { placedBy { email } } } }"
    assert [node["placedBy"]["email"] for node in (await admin(query)).data["orders"]["nodes"]] == ["admin@here.test"]


@pytest.mark.usefixtures("tasks")
async def test_bulk_mutations_select_own_objects(member_client: Client) -> None:
    mutation = """mutation { bulkUpdateTasks(where: {assignee: {isMe: true}}, maximum: 10, input: {status: DONE}) {
        succeeded userErrors { code } } }"""
    assert (await member_client(mutation)).payload("bulkUpdateTasks")["succeeded"] == 1
    assert await titles(member_client, {"status": {"eq": "DONE"}}) == ["of MEMBER"]
