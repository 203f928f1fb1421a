"""Consistency tokens: a client that sends what it got with a mutation reads what it has written."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from database import replicas as replicas_module
from database.replica import ReplicaState
from models.membership import Role
from tests.mcp.agent import agent_of, agent_with_key
from tests.replicas.replicated_app import ReplicatedApp
from tests.support import documents
from tests.support.client import Client, GraphQLResponse
from tests.support.idempotency import with_key
from tests.support.websocket_client import open_websocket

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("any_lag")]

HEADER = "X-Consistency-Token"
COUNT = "{ tasks { totalCount } }"


@pytest.fixture
async def paused(replicated: ReplicatedApp) -> AsyncIterator[ReplicatedApp]:
    """The application while the replay is paused on both replicas, which serve nevertheless."""
    cluster = replicated.cluster
    with cluster.replay_paused(1), cluster.replay_paused(2):
        yield replicated


async def create_task(client: Client) -> GraphQLResponse:
    response = await client(documents.create("Task"), input={"title": "Dig"})
    response.payload("createTask")
    return response


async def count_tasks(client: Client, token: str | None = None) -> int:
    """Return the number of tasks that a request with this token sees."""
    response = await (client.with_headers(**{HEADER: token}) if token else client)(COUNT)
    total: int = response.data["tasks"]["totalCount"]
    return total


async def test_token_of_a_mutation_is_read_from_the_primary(paused: ReplicatedApp) -> None:
    client = paused.app_fixture.tenant.client(Role.ADMIN)
    token = (await create_task(client)).headers[HEADER]
    assert await count_tasks(client) == 3
    paused.reads.clear()
    assert await count_tasks(client, token) == 4
    assert paused.reads == ["primary"]


async def test_agents_read_what_they_have_written(paused: ReplicatedApp) -> None:
    agent = await agent_with_key(paused.app_fixture, "WORK_WRITE")  # the replicas do not know the key
    reader = agent_of(paused.app_fixture)
    arguments = {"query": documents.create("Task"), "variables": {"input": {"title": "Dig"}}}
    run_mutation = {"name": "run_mutation", "arguments": arguments}
    written = await agent.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": run_mutation})
    assert not written.json()["result"].get("isError")
    stale = await reader.call("run_query", query=COUNT)
    reader.headers[HEADER] = written.headers[HEADER]
    current = await reader.call("run_query", query=COUNT)
    assert [content["result"]["data"]["tasks"]["totalCount"] for content in (stale, current)] == [3, 4]


async def test_token_is_read_from_a_replica_that_has_replayed_it(replicated: ReplicatedApp) -> None:
    client = replicated.app_fixture.tenant.client(Role.ADMIN)
    token = (await create_task(client)).headers[HEADER]
    async with asyncio.timeout(60):
        while replicated.reads[-1] == "primary":
            assert await count_tasks(client, token) == 4
    assert replicated.reads[-1].startswith("replica")


async def test_request_waits_for_one_of_two_replicas(paused: ReplicatedApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas_module, "MAX_WAIT_SECONDS", 60)
    client = paused.app_fixture.tenant.client(Role.ADMIN)
    token = (await create_task(client)).headers[HEADER]
    requests = [asyncio.create_task(count_tasks(client, token)) for _ in range(3)]
    await asyncio.sleep(0.05)
    paused.reads.clear()
    paused.cluster.resume_replay(2)
    assert await asyncio.gather(*requests) == [4, 4, 4]
    assert paused.reads == ["replica 2"] * 3


async def test_mutations_and_replays_have_tokens_and_queries_have_none(replicated: ReplicatedApp) -> None:
    client = with_key(replicated.app_fixture.tenant.client(Role.ADMIN), "a-key")
    for _ in range(2):  # the second is a replay
        response = await create_task(client)
        assert response.body["extensions"] == {"consistency": response.headers[HEADER]}
    query = await client(COUNT)
    assert HEADER not in query.headers
    assert "extensions" not in query.body
    rejected = await client.with_headers(**{"Idempotency-Key": "b"})(documents.create("Task"), input={"title": ""})
    assert HEADER not in rejected.headers


async def test_tokens_of_atomic_operations(paused: ReplicatedApp) -> None:
    client = paused.app_fixture.tenant.client(Role.ADMIN)
    document = 'mutation @atomic { createTask(input: {title: "Dig"}) { task { id } userErrors { code } } }'
    response = await client(document)
    assert await count_tasks(client, response.headers[HEADER]) == 4
    assert HEADER not in (await client(document.replace("@atomic", "@dryRun"))).headers


async def test_unknown_position_is_read_from_the_primary(paused: ReplicatedApp) -> None:
    client = paused.app_fixture.tenant.client(Role.ADMIN)
    timeline, position = (await create_task(client)).headers[HEADER].split("-")
    for token in (f"2-{position}", "2-1", f"{timeline}-{int(position, 16) + 10**9:X}"):
        paused.reads.clear()
        assert await count_tasks(client, token) == 4
        assert paused.reads == ["primary"]


async def test_malformed_token_is_bad_input(replicated: ReplicatedApp) -> None:
    client = replicated.app_fixture.tenant.client(Role.ADMIN)
    for token in ("", "1", "1-", "x-1", "1-0/16B3748", "1-FFFFFFFFFFFFFFFF", "1-1-1", "1-" + "1" * 17, "1-a"):
        for document in (COUNT, documents.create("Task")):
            response = await client.with_headers(**{HEADER: token})(document, input={"title": "Dig"})
            assert (response.status, response.error_codes) == (400, ["BAD_USER_INPUT"])
            assert "X-Consistency-Token" in response.body["errors"][0]["message"]


async def test_failure_to_read_the_position_does_not_fail_the_mutation(
    replicated: ReplicatedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas_module, "_POSITION_SQL", "SELECT no_function()")
    client = replicated.app_fixture.tenant.client(Role.ADMIN)
    assert HEADER not in (await create_task(client)).headers
    monkeypatch.undo()
    assert HEADER in (await create_task(client)).headers


async def test_token_is_ignored_while_no_replica_serves(
    replicated: ReplicatedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request does not wait."""
    monkeypatch.setattr("database.replica.MAX_LAG_SECONDS", -1)
    monkeypatch.setattr(replicas_module, "MAX_WAIT_SECONDS", 3600)
    client = replicated.app_fixture.tenant.client(Role.ADMIN)
    token = (await create_task(client)).headers[HEADER]
    assert await count_tasks(client, token) == 4
    assert ReplicaState.SERVING not in replicated.states()


async def test_queries_of_a_batch_read_what_it_has_written(paused: ReplicatedApp) -> None:
    client = paused.app_fixture.tenant.client(Role.ADMIN)
    create = {"query": documents.create("Task"), "variables": {"input": {"title": "Dig"}}}
    batch = [{"query": COUNT}, create, {"query": COUNT}]
    response = await paused.app_fixture.http.post("/graphql", json=batch, headers=client.headers)
    before, created, after = response.json()
    assert [result["data"]["tasks"]["totalCount"] for result in (before, after)] == [3, 4]
    assert created["extensions"] == {"consistency": response.headers[HEADER]}
    assert "extensions" not in after
    assert await count_tasks(client, response.headers[HEADER]) == 4


async def test_operations_of_a_websocket_read_what_it_has_written(paused: ReplicatedApp) -> None:
    client = paused.app_fixture.tenant.client(Role.ADMIN)
    variables = {"input": {"title": "Dig"}}
    async with open_websocket(paused.app) as socket, open_websocket(paused.app) as other:
        await socket.initialize(**client.headers)
        assert (await socket.execute(COUNT))["data"]["tasks"]["totalCount"] == 3
        assert paused.reads[-1] != "primary"
        token = (await socket.execute(documents.create("Task"), variables=variables))["extensions"]["consistency"]
        result = await socket.execute(COUNT)
        assert (result["data"]["tasks"]["totalCount"], "extensions" in result) == (4, False)
        await other.initialize(**client.headers, **{HEADER: token})
        assert (await other.execute(COUNT))["data"]["tasks"]["totalCount"] == 4
    assert await count_tasks(client, token) == 4
    assert await count_tasks(client) == 3


async def test_malformed_token_closes_a_websocket(replicated: ReplicatedApp) -> None:
    async with open_websocket(replicated.app) as socket:
        await socket.send({"type": "connection_init", "payload": {HEADER: "1"}})
        assert (await socket.receive_close())[0] == 4400
