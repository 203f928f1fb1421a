"""The client of the SDK, in the revision with a handshake and in the one without."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from server.seed.demo_users import PASSWORD
from tests.mcp.agent import CREATE_KEY, agent_of
from tests.support.app_fixture import AppFixture

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
TASKS = "{ tasks(first: 2) { nodes { title } } }"
CREATE = 'mutation { createTask(input: {title: "By an agent"}) { task { title } userErrors { code } } }'
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"


@asynccontextmanager
async def connect(url: str, mode: str, headers: dict[str, str], **options: Any) -> AsyncIterator[Client]:
    """Connect the client of the SDK."""
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60, **options) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@MODES
@pytest.mark.only("sqlite")
async def test_client_in_this_process(app: FastAPI, app_fixture: AppFixture, mode: str) -> None:
    headers = {name: agent_of(app_fixture).headers[name] for name in ("Authorization", "X-Tenant")}
    transport = httpx2.ASGITransport(app)
    async with connect("http://allotment.test", mode, headers, transport=transport) as client:
        assert "run_query" in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("run_query", {"query": "{ viewer { email } }"})
        assert not result.is_error
        assert result.structured_content is not None
        assert result.structured_content["result"] == {"data": {"viewer": {"email": "member@here.test"}}}
        assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
        refused = await client.call_tool("run_query", {"query": "{ unknown }"})
        assert refused.is_error
        with pytest.raises(MCPError, match="There is no tool 'unknown'"):
            await client.call_tool("unknown", {})


def _post(url: str, token: str, query: str, **variables: Any) -> Any:
    headers = {"X-Tenant": "demo"} | ({"Authorization": f"Bearer {token}"} if token else {})
    response = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, headers=headers, timeout=60)
    return response.json()["data"]


def _log_in(url: str, user: str) -> str:
    token: str = _post(url, "", LOGIN, input={"email": user, "password": PASSWORD})["login"]["accessToken"]
    return token


def create_key(url: str, *scopes: str) -> str:
    values = {"name": f"Agent {scopes}", "role": "ADMIN", "scopes": list(scopes)}
    created = _post(url, _log_in(url, "owner@demo.test"), CREATE_KEY, input=values)
    secret: str = created["createApiKey"]["secret"]
    return secret


@MODES
@pytest.mark.slow
async def test_client_of_a_started_server(demo_server: str, mode: str) -> None:
    secret = await asyncio.to_thread(create_key, demo_server, "WORK_WRITE")
    async with connect(demo_server, mode, {"Authorization": f"Bearer {secret}"}) as client:
        assert "run_mutation" in {tool.name for tool in (await client.list_tools()).tools}
        found = await client.call_tool("search_schema", {"query": "tasks and their assignee", "kind": "query"})
        assert found.structured_content is not None
        assert "Query.tasks" in [each["name"] for each in found.structured_content["results"]]
        results = await asyncio.gather(*(client.call_tool("run_query", {"query": TASKS}) for _ in range(10)))
        assert not any(result.is_error for result in results)
        created = await client.call_tool("run_mutation", {"query": CREATE})
        assert created.structured_content is not None
        assert created.structured_content["result"]["data"]["createTask"]["userErrors"] == []


@pytest.mark.slow
async def test_started_server_refuses_what_a_key_may_not_do(demo_server: str) -> None:
    secret = await asyncio.to_thread(create_key, demo_server, "WORK_READ")
    async with connect(demo_server, "auto", {"Authorization": f"Bearer {secret}"}) as client:
        for tool, query in (("run_mutation", CREATE), ("run_query", "{ orders { totalCount } }")):
            refused = await client.call_tool(tool, {"query": query})
            assert refused.is_error
            assert "FORBIDDEN" in json.dumps(refused.structured_content)
    foreign = await asyncio.to_thread(_log_in, demo_server, "owner@other.test")
    async with connect(demo_server, "auto", {"Authorization": f"Bearer {foreign}", "X-Tenant": "demo"}) as client:
        refused = await client.call_tool("run_query", {"query": TASKS})
        assert "FORBIDDEN" in json.dumps(refused.structured_content)


@MODES
@pytest.mark.slow
async def test_client_without_credentials_cannot_connect(demo_server: str, mode: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        with pytest.raises((MCPError, ExceptionGroup, httpx2.HTTPStatusError)):
            async with connect(demo_server, mode, headers):
                pass
