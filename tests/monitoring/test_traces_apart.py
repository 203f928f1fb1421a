"""Traces of concurrent requests, of streams and of replicas."""

import asyncio

import httpx
import pytest

from tests.monitoring.trace_helpers import TRACED, has_trace, paths, trace_of, traced
from tests.support.app_fixture import AppFixture

pytestmark = pytest.mark.usefixtures("traces_for_everyone")


async def test_concurrent_requests_have_their_own_traces(app_fixture: AppFixture) -> None:
    """Traced requests of two tenants, and others without a trace, at the same time."""
    members = [app_fixture.tenant.client(), app_fixture.other_tenant.client()]
    documents = [
        f"{{ {field}(first: {size}) {{ nodes {{ id }} totalCount }} }}"
        for field in ("teams", "tasks", "projects") for size in (1, 2)
    ]  # fmt: skip
    requests = [(client, document) for client in members for document in documents]
    plain, observed = await asyncio.gather(
        asyncio.gather(*(client(document) for client, document in requests)),
        asyncio.gather(*(traced(client)(document) for client, document in requests)),
    )
    assert not any(map(has_trace, plain))
    for (_, document), response in zip(requests, observed, strict=True):
        field = document.split("(")[0].removeprefix("{ ")
        trace = trace_of(response)
        assert {path.split(".")[0] for path in paths(trace["statements"]) if path} == {field}
        assert sorted(paths(trace["loads"])) == [f"{field}.nodes", f"{field}.totalCount"]


@pytest.mark.only("sqlite")
async def test_query_as_an_event_stream_has_a_trace(app_fixture: AppFixture, http: httpx.AsyncClient) -> None:
    headers = app_fixture.tenant.client().headers | TRACED | {"Accept": "text/event-stream"}
    response = await http.post("/graphql", json={"query": "{ teams { totalCount } }"}, headers=headers)
    assert '"trace":{"executor"' in response.text


@pytest.mark.only("sqlite")
async def test_refused_request_has_no_statements(app_fixture: AppFixture) -> None:
    response = await traced(app_fixture.tenant.client())("{ nothing }")
    assert response.error_codes == ["BAD_USER_INPUT"]
    assert trace_of(response)["statements"] == []


@pytest.mark.parametrize("document", ["mutation @dryRun", "mutation @atomic"])
async def test_operations_with_transactions_list_their_reads(app_fixture: AppFixture, document: str) -> None:
    project = await app_fixture.tenant.client()('mutation { createProject(input: {name: "P"}) { project { id } } }')
    id = project.data["createProject"]["project"]["id"]
    create = f'{{ createTask(input: {{title: "T", projectId: "{id}"}}) {{ task {{ project {{ name }} }} }} }}'
    trace = trace_of(await traced(app_fixture.tenant.client())(f"{document} {create}"))
    assert "createTask.task.project" in paths(trace["statements"])
    assert {statement["connection"] for statement in trace["statements"]} == {"write"}
