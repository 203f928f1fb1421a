"""Limits of the tools of persisted documents: their size, their charge, and loads at the same time."""

import asyncio
from functools import partial
from typing import Any

import orjson
import pytest

from database.authentication import Credentials
from server.http import request_memory
from server.mcp import document_tools
from server.mcp.document_tools import MAX_LISTED_BYTES, MAX_SCHEMA_BYTES
from services.core.persisted_documents import NewDocument, load_newest_texts, register
from services.core.use_case import run_use_case
from tests.mcp.agent import Agent, agent_of
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import app_opener, http_client

pytestmark = pytest.mark.only("sqlite")
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def register_queries(app_fixture: AppFixture, count: int, variables: str) -> None:
    """Register queries Q000, Q001 and so on, one after the other."""
    for number in range(count):
        text = f"query Q{number:03}({variables}) {{ tasks(where: $where) {{ totalCount }} }}"
        use_case: Any = partial(register, documents=[NewDocument(f"id {number}", text)])
        await run_use_case(app_fixture.database, Credentials(), use_case)


async def test_large_schema_describes_fewer_types(app_fixture: AppFixture) -> None:
    await register_queries(app_fixture, 1, "$where: TaskWhere")
    tool = (await agent_of(app_fixture).list_tools())["Q000"]
    assert len(orjson.dumps(tool["inputSchema"])) <= MAX_SCHEMA_BYTES
    definitions = tool["inputSchema"]["$defs"]
    assert "title" in definitions["TaskWhere"]["properties"]
    assert "of the schema." in orjson.dumps(definitions).decode()
    assert "UserWhere" not in definitions


async def test_oldest_documents_are_left_out_of_a_large_list(app_fixture: AppFixture) -> None:
    await register_queries(app_fixture, 70, "$where: TaskWhere")
    agent = agent_of(app_fixture)
    own = [tool for name, tool in (await agent.list_tools()).items() if name.startswith("Q")]
    assert 20 < len(own) < 70
    assert MAX_LISTED_BYTES * 0.8 < len(orjson.dumps(own)) < MAX_LISTED_BYTES * 1.1
    assert [tool["name"] for tool in own] == [f"Q{number:03}" for number in range(70 - len(own), 70)]
    call = {**PING, "method": "tools/call", "params": {"name": "Q000", "arguments": {}}}
    assert "There is no tool" in (await agent.post(call)).json()["error"]["message"]


async def test_list_respects_the_limit_of_responses(app_fixture: AppFixture, database_url: str) -> None:
    await register_queries(app_fixture, 12, "$where: TaskWhere")
    async with app_opener(database_url)(max_response_bytes=65_536) as app, http_client(app) as http:
        response = await Agent(http, **agent_of(app_fixture).headers).post({**PING, "method": "tools/list"})
    assert len(response.content) <= 65_536
    assert "Q011" in response.text
    assert "Q000" not in response.text


async def test_list_is_charged_by_its_size(app_fixture: AppFixture, database_url: str) -> None:
    await register_queries(app_fixture, 12, "$where: TaskWhere")
    budget = {"max_cost_user": 20, "max_cost_api_key": 20, "cost_burst_principal": 60, "cost_per_second_principal": 1}
    async with app_opener(database_url)(**budget) as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        statuses = [(await agent.post({**PING, "method": "tools/list"})).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_documents_are_loaded_once_for_concurrent_requests(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register_queries(app_fixture, 1, "$where: TaskWhere")
    agent, other = agent_of(app_fixture), agent_of(app_fixture)
    await agent.post(PING)  # loads the SDK
    loads: list[Any] = []
    started, failing = asyncio.Event(), asyncio.Event()

    async def load(*arguments: Any) -> list[str]:
        loads.append(arguments)
        if len(loads) == 1:
            started.set()
            await failing.wait()
            raise RuntimeError("not loaded")
        await asyncio.sleep(0.05)
        return await load_newest_texts(*arguments)

    monkeypatch.setattr(document_tools, "load_newest_texts", load)
    list_tools = {**PING, "method": "tools/list"}
    requests = [asyncio.create_task(each.post(list_tools)) for each in (agent, agent, other, other)]
    await started.wait()
    await asyncio.sleep(0.05)  # the others wait, too
    failing.set()
    bodies = [(await request).json() for request in requests]
    assert ["error" in body for body in bodies].count(True) == 1
    assert len(loads) == 2


async def test_load_continues_when_the_request_that_began_it_is_cancelled(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register_queries(app_fixture, 1, "$where: TaskWhere")
    agent = agent_of(app_fixture)
    await agent.post(PING)  # loads the SDK
    started = asyncio.Event()

    async def load(*arguments: Any) -> list[str]:
        if not started.is_set():
            started.set()
            await asyncio.sleep(60)
        return await load_newest_texts(*arguments)

    monkeypatch.setattr(document_tools, "load_newest_texts", load)
    first = asyncio.create_task(agent.list_tools())
    await started.wait()
    second = asyncio.create_task(agent.list_tools())
    await asyncio.sleep(0.05)
    first.cancel()
    assert "Q000" in await second


async def test_large_list_needs_memory(
    app_fixture: AppFixture, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_memory, "MAX_SHARE", 16)
    await register_queries(app_fixture, 20, "$where: TaskWhere")
    async with app_opener(database_url)(max_request_memory_bytes=2**20) as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        assert (await agent.post(PING)).status_code == 200
        response = await agent.post({**PING, "method": "tools/list"})
    assert (response.status_code, response.json()["error"]["data"]["code"]) == (503, "UNAVAILABLE")
