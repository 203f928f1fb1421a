"""Live queries over WebSocket: which changes lead to another result, and how a live query ends."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from models import Project, Task, Team, Worker
from models.ids import public_id
from models.membership import Role
from server.graphql.outcome import Outcome, refuse
from server.live import feed_stream, live_stream, pauses
from server.live.live_execution import LiveExecution
from services.core.errors import RateLimited
from services.work import task as task_service
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.conditional_client import wait_until_final
from tests.support.live_queries import wait_for, watch
from tests.support.sample_data import SampleData
from tests.support.subscriptions import subscribe

TASKS = "query @live { tasks { totalCount nodes { title assignee { name } workers { totalCount } } } }"
TEAMS = "query @live { teams { nodes { name } } }"
RENAME = "mutation ($name: String!) { updateViewer(input: {fullName: $name}) { userErrors { code } } }"


@pytest.fixture
async def executions(app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """An item for each execution of a live query. All changes before the test are in the feeds."""
    for each in app_fixture.tenants.values():
        await wait_until_final(each)
    made: list[None] = []
    execute = LiveExecution.execute

    async def count_and_execute(self: LiveExecution) -> Any:
        made.append(None)
        return await execute(self)

    monkeypatch.setattr(LiveExecution, "execute", count_and_execute)
    return made


async def test_changes_of_another_member_change_the_result(app: FastAPI, tenant: TenantFixture) -> None:
    async with watch(app, tenant.client(Role.MEMBER), TASKS) as live:
        assert (await live.next_data())["tasks"] == {"totalCount": 0, "nodes": []}
        task = await tenant.create(Task, title="Dig")
        assert (await live.next_data())["tasks"]["nodes"] == [
            {"title": "Dig", "assignee": None, "workers": {"totalCount": 0}}
        ]
        worker = await tenant.create(Worker, name="Ann")
        await tenant.assign(task, worker)
        assert (await live.next_data())["tasks"]["nodes"][0]["workers"] == {"totalCount": 1}
        await tenant.run_use_case(lambda work: task_service.unassign_workers(work, task.id, [worker.id]))
        assert (await live.next_data())["tasks"]["nodes"][0]["workers"] == {"totalCount": 0}


async def test_other_changes_send_nothing(app: FastAPI, tenant: TenantFixture, executions: list[None]) -> None:
    query = 'query @live { teams(where: {name: {startsWith: "A"}}) { nodes { name } } }'
    async with watch(app, tenant.client(), query) as live:
        assert (await live.next_data())["teams"]["nodes"] == []
        await tenant.create(Project)
        await tenant.create(Task)  # of tables that the query does not read
        await asyncio.sleep(3 * live_stream.MIN_INTERVAL_SECONDS)
        assert len(executions) == 1
        await tenant.create(Team, name="Other")  # does not change the result
        await wait_for(lambda: len(executions) == 2)
        await tenant.create(Team, name="A")
        assert (await live.next_data())["teams"]["nodes"] == [{"name": "A"}]


async def test_changes_of_other_tenants_send_nothing(
    app: FastAPI, app_fixture: AppFixture, executions: list[None]
) -> None:
    own, other = app_fixture.tenant, app_fixture.other_tenant
    async with watch(app, own.client(), TEAMS) as live, watch(app, other.client(), TEAMS) as foreign:
        assert (await live.next_data(), await foreign.next_data()) == ({"teams": {"nodes": []}},) * 2
        await other.create(Team, name="Theirs")
        assert (await foreign.next_data())["teams"]["nodes"] == [{"name": "Theirs"}]
        assert len(executions) == 3
        await own.create(Team, name="Ours")
        assert (await live.next_data())["teams"]["nodes"] == [{"name": "Ours"}]


@pytest.mark.slow
async def test_many_changes_are_one_execution(
    app: FastAPI, tenant: TenantFixture, executions: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_stream, "MIN_INTERVAL_SECONDS", 0.6)
    async with watch(app, tenant.client(), "query @live { teams { totalCount } }") as live:
        assert (await live.next_data())["teams"] == {"totalCount": 0}
        for _ in range(10):
            await tenant.create(Team)
        counts = [(await live.next_data())["teams"]["totalCount"]]
        while counts[-1] < 10:
            counts.append((await live.next_data())["teams"]["totalCount"])
        assert len(executions) <= 4  # if the machine is slow


@pytest.mark.slow
async def test_members_see_their_own_orders(app: FastAPI, sample_data: SampleData) -> None:
    tenant, query = sample_data.tenant, "query @live { orders { totalCount } }"
    async with (
        watch(app, tenant.client(Role.MEMBER), query) as own,
        watch(app, tenant.client(Role.ADMIN), query) as every,
    ):
        assert [(await live.next_data())["orders"]["totalCount"] for live in (own, every)] == [3, 3]
        await tenant.place_order((sample_data.rows["product"][0], 1), role=Role.OWNER)
        assert (await every.next_data())["orders"]["totalCount"] == 4
        await tenant.place_order((sample_data.rows["product"][0], 1))
        assert (await own.next_data())["orders"]["totalCount"] == 4


async def test_variables_determine_what_is_read(app: FastAPI, tenant: TenantFixture, executions: list[None]) -> None:
    query = "query ($where: TaskWhere) @live { tasks(where: $where) { totalCount } }"
    where = {"project": {"name": {"eq": "Barn"}}}
    project = await tenant.create(Project, name="House")
    await tenant.create(Task, project_id=project.id)
    await wait_until_final(tenant)
    client = tenant.client()
    async with watch(app, client, query, where=where) as live, watch(app, client, query) as simple:
        counts = (await live.next_data(), await simple.next_data())
        assert [data["tasks"]["totalCount"] for data in counts] == [0, 1]
        await client(
            'mutation ($id: ID!) { updateProject(id: $id, input: {name: "Barn"}) { userErrors { code } } }',
            id=public_id("project", project.id),
        )
        assert (await live.next_data())["tasks"]["totalCount"] == 1
        assert len(executions) == 3


@pytest.mark.slow
async def test_names_of_users_are_looked_at_from_time_to_time(
    app: FastAPI, tenant: TenantFixture, executions: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users are in no feed."""
    monkeypatch.setattr(feed_stream, "CHECK_SECONDS", 0.2)
    async with watch(
        app, tenant.client(), "query @live { tenant { members { nodes { user { fullName } } } } }"
    ) as live:
        names = _names(await live.next_data())
        await wait_for(lambda: len(executions) > 3)
        await tenant.client(Role.ADMIN)(RENAME, name="Renamed")
        assert set(_names(await live.next_data())) - set(names) == {"Renamed"}


def _names(data: dict[str, Any]) -> list[str]:
    return [node["user"]["fullName"] for node in data["tenant"]["members"]["nodes"]]


async def test_errors_of_fields_do_not_end_a_live_query(
    app: FastAPI, tenant: TenantFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watch(app, tenant.client(), TEAMS) as live:
        await live.next_data()
        with monkeypatch.context() as patched:
            patched.setattr("schema.connection.load_rows", _fail)
            await tenant.create(Team, name="A")
            payload = await live.next_payload()
            assert payload["data"] == {"teams": None}
            assert [error["extensions"]["code"] for error in payload["errors"]] == ["INTERNAL"]
        await tenant.create(Team, name="B")
        assert {node["name"] for node in (await live.next_data())["teams"]["nodes"]} == {"A", "B"}


async def _fail(_connections: Any) -> Any:
    raise RuntimeError("broken")


async def test_condition_of_the_directive(app: FastAPI, tenant: TenantFixture) -> None:
    query = "query ($live: Boolean!) @live(if: $live) { teams { totalCount } }"
    async with subscribe(app, tenant.client().headers, query, live=False) as subscriber:
        assert (await subscriber.socket.receive())["payload"] == {"data": {"teams": {"totalCount": 0}}}
        assert (await subscriber.socket.receive())["type"] == "complete"
    async with watch(app, tenant.client(), query, live=True) as live:
        assert (await live.next_data())["teams"] == {"totalCount": 0}
        await tenant.create(Team)
        assert (await live.next_data())["teams"] == {"totalCount": 1}


async def test_plain_http_has_no_live_queries(tenant: TenantFixture) -> None:
    response = await tenant.client().post({"query": TEAMS})
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert "live query" in response.body["errors"][0]["message"]
    once = await tenant.client().post({"query": TEAMS.replace("@live", "@live(if: false)")})
    assert once.data == {"teams": {"nodes": []}}


async def test_only_queries_are_live(tenant: TenantFixture) -> None:
    response = await tenant.client().post({"query": "mutation @live { logout { done } }"})
    assert response.error_codes == ["BAD_USER_INPUT"]


async def test_live_query_waits_for_its_budget(
    app: FastAPI, tenant: TenantFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the results, a used up budget is waited for; at the start, it is an error."""
    execute = app.state.turns.execute_live
    refusals = [RateLimited(1)] * 2

    async def refuse_first(*arguments: Any) -> Outcome:
        return Outcome(refuse(refusals.pop())) if refusals else await execute(*arguments)

    async with watch(app, tenant.client(), TEAMS) as live:
        await live.next_data()
        monkeypatch.setattr(pauses, "MAX_PAUSE_SECONDS", 0.01)
        monkeypatch.setattr(app.state.turns, "execute_live", refuse_first)
        await tenant.create(Team, name="A")
        assert (await live.next_data())["teams"]["nodes"] == [{"name": "A"}]
        assert refusals == []
    refusals.append(RateLimited(1))
    async with watch(app, tenant.client(), TEAMS) as live:
        assert await live.error_codes() == ["RATE_LIMITED"]
