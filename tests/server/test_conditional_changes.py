"""The entity tags of queries that are not executed change with the tables that they read."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from models import Article, Document, Project, Task, Team, Worker
from models.ids import public_id
from models.membership import Role
from services.core import records
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import TenantFixture
from tests.support.conditional_client import ConditionalClient, owner_of, wait_until_final
from tests.support.memberships import demote_admin

TASKS = "{ tasks { totalCount nodes { title assignee { name } } } }"
TEAMS = "{ teams { nodes { name } } }"


async def test_tag_of_the_query_without_execution_is_not_that_of_the_body(
    conditional_client: ConditionalClient, tenant: TenantFixture
) -> None:
    before = await conditional_client.get(TEAMS)
    await tenant.create(Team, name="Unseen")
    await wait_until_final(tenant)
    query = '{ teams(where: {name: {eq: "none"}}) { nodes { name } } }'
    first = await conditional_client.get_tag(query)
    await tenant.create(Team, name="Other")
    await wait_until_final(tenant)
    second = await conditional_client.get_tag(query)
    assert len({before.headers["ETag"], first, second}) == 3  # although the last two bodies are the same


async def _rename_user(tenant: TenantFixture) -> None:
    client = tenant.client(Role.MEMBER)
    response = await client('mutation { updateViewer(input: {fullName: "Renamed"}) { userErrors { code } } }')
    assert response.payload("updateViewer") == {"userErrors": []}


async def _link(tenant: TenantFixture) -> None:
    task, worker = await tenant.create(Task), await tenant.create(Worker)
    await wait_until_final(tenant)
    await tenant.assign(task, worker)


def _create(model: Any, **values: Any) -> Callable[[TenantFixture], Awaitable[Any]]:
    return lambda tenant: tenant.create(model, **values)


MEMBERS = "{ tenant { name members { nodes { role user { fullName } } } } }"
CHANGES: dict[str, Callable[[TenantFixture], Awaitable[Any]]] = {
    **{model.__name__: _create(model) for model in (Article, Document, Project, Task, Team, Worker)},
    "link": _link,
    "user": _rename_user,
    "role": demote_admin,
}
QUERIES = {
    TASKS: "Task Worker link",
    '{ tasks(where: {project: {name: {contains: "x"}}}) { totalCount } }': "Task Project link",
    "{ tasks(orderBy: [{project: {field: NAME}}]) { totalCount } }": "Task Project link",
    "{ teams { nodes { workers { nodes { tasks { totalCount } } } } } }": "Team Worker Task link",
    "{ tasks { nodes { workers { totalCount } } } }": "Task Worker link",
    "{ projects { nodes { taskCounts { status count } } } }": "Project Task link",
    "{ tasks { aggregate { groups { count } } } }": "Task link",
    '{ search(query: "x") { totalCount } }': "Document Article",
    '{ searchArticles(query: "x") { totalCount } }': "Article",
    MEMBERS: "user role",
    "{ tenant { name } }": "role",
    "{ viewer { fullName } }": "user role",
    "{ articles { nodes { author { fullName } } } }": "Article user role",
    "{ __typename __schema { queryType { name } } }": "",
}
"""The names of the changes that concern each query."""


FAST = ("Task", "link", "user")


@pytest.mark.parametrize(
    "name", [*FAST, *(pytest.param(name, marks=pytest.mark.slow) for name in CHANGES if name not in FAST)]
)
async def test_changes_of_read_tables_change_the_tag(
    conditional_client: ConditionalClient, tenant: TenantFixture, name: str
) -> None:
    tags = {query: await conditional_client.get_tag(query) for query in QUERIES}
    for query, tag in tags.items():
        assert await conditional_client.has_current(query, tag)
    await CHANGES[name](tenant)
    await wait_until_final(tenant)
    affected = {query for query, tag in tags.items() if not await conditional_client.has_current(query, tag)}
    assert affected == {query for query, names in QUERIES.items() if name in names.split()}


HISTORY = "{ tasks { nodes { history { nodes { action } } } } }"
LOGS = (HISTORY, "{ auditLog { nodes { action } } }", "{ events { nodes { type } } }", "{ accounts { totalCount } }")


@pytest.mark.any_server
async def test_logs_change_the_tag(tenant: TenantFixture) -> None:
    owner = owner_of(tenant)
    await wait_until_final(tenant)
    tags = {query: await owner.get_tag(query) for query in LOGS}
    assert all([await owner.has_current(query, tag) for query, tag in tags.items()])
    await tenant.open_account(balance="10")
    await wait_until_final(tenant)
    assert not any([await owner.has_current(query, tag) for query, tag in tags.items()])


async def test_variables_are_part_of_the_tag(conditional_client: ConditionalClient, tenant: TenantFixture) -> None:
    query = "query ($where: TaskWhere, $id: ID!) { tasks(where: $where) { totalCount } node(id: $id) { id } }"
    task, project = await tenant.create(Task), await tenant.create(Project)
    await wait_until_final(tenant)
    by_task: dict[str, Any] = {"id": public_id("task", task.id), "where": {"title": {"contains": "\ud800x"}}}
    by_project = {"id": public_id("project", project.id), "where": {"project": {"name": {"eq": "x"}}}}
    tags = [
        await conditional_client.get_tag(query, **variables) for variables in (by_project, {**by_task, "where": {}})
    ]
    assert not await conditional_client.has_current(query, tags[1], **by_project)
    await tenant.create(Project)
    await wait_until_final(tenant)
    assert await conditional_client.has_current(query, tags[1], **{**by_task, "where": {}})
    assert not await conditional_client.has_current(query, tags[0], **by_project)


async def test_open_older_transaction_delays_the_tag(
    conditional_client: ConditionalClient, tenant: TenantFixture, statement_counter: StatementCounter
) -> None:
    """A transaction with an older id may still commit: then the newest entry is the same, but the data is not."""
    if tenant.app_fixture.database.dialect != "postgresql":
        return
    is_written, may_commit = asyncio.Event(), asyncio.Event()

    async def write_slowly(work: Any) -> None:
        await records.create(work, Team, {"name": "Slow"})
        await work.flush()
        await work.rows(select(1))  # sends what waits for the next statement
        is_written.set()
        await may_commit.wait()

    slow = asyncio.create_task(tenant.run_use_case(write_slowly))
    await is_written.wait()
    await tenant.create(Team, name="Fast")
    first = await conditional_client.get(TEAMS)
    assert [node["name"] for node in first.json()["data"]["teams"]["nodes"]] == ["Fast"]
    with statement_counter:
        assert await conditional_client.has_current(TEAMS, first.headers["ETag"])
    assert statement_counter.count == 3  # executed: the tag is that of the body
    may_commit.set()
    await slow
    again = await conditional_client.get(TEAMS, first.headers["ETag"])
    assert {node["name"] for node in again.json()["data"]["teams"]["nodes"]} == {"Fast", "Slow"}
