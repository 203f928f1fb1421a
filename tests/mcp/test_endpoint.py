"""The endpoint of agents: credentials, origins, malformed messages, budgets, and clients of each revision."""

import asyncio
import logging
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from models import ApiKey
from models.base import utc_now
from models.relations import table_of
from resolvers.context import Context
from server.mcp.endpoint import McpEndpoint
from tests.mcp.agent import Agent, agent_of, agent_with_key
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp, app_opener, http_client

pytestmark = pytest.mark.only("sqlite")
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ME = "{ viewer { email } }"
CREATE = 'mutation { createTask(input: {title: "Dig"}) { task { id } } }'


@pytest.fixture
def member(app_fixture: AppFixture) -> Agent:
    """An agent with the access token of a member."""
    return agent_of(app_fixture)


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """A function that creates an application with settings of the test."""
    return app_opener(database_url)


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of the server in an error of JSON-RPC."""
    body = response.json()
    assert (body["jsonrpc"], "result" in body) == ("2.0", False)
    assert body["error"]["message"]
    return response.status_code, body["error"]["data"]["code"]


# Credentials


async def test_request_without_credentials_is_challenged(app_fixture: AppFixture) -> None:
    response = await Agent(app_fixture.http).post(PING)
    assert error_of(response) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == 'Bearer realm="allotment"'
    assert response.headers["cache-control"] == "no-store"


async def test_rejected_credentials_are_named_in_the_challenge(app_fixture: AppFixture) -> None:
    for token in ("x", "allot_" + "x" * 40, 'quo"te\\', "x" * 5000):
        response = await Agent(app_fixture.http, Authorization=f"Bearer {token}").post(PING)
        assert error_of(response) == (401, "UNAUTHENTICATED")
        assert 'error="invalid_token", error_description="' in response.headers["www-authenticate"]
    response = await Agent(app_fixture.http, Authorization="Basic eDp5").post(PING)
    assert error_of(response) == (401, "UNAUTHENTICATED")


async def test_revoked_key_is_rejected_for_messages_that_read_nothing(app_fixture: AppFixture) -> None:
    agent = await agent_with_key(app_fixture, "READ")
    assert (await agent.post(PING)).status_code == 200
    await app_fixture.execute_sql(update(table_of(ApiKey)).values(revoked_at=utc_now()))
    assert error_of(await agent.post(PING)) == (401, "UNAUTHENTICATED")


async def test_cookies_are_no_credentials(app_fixture: AppFixture) -> None:
    response = await Agent(app_fixture.http, Cookie="refresh_token=x").post(PING)
    assert response.status_code == 401


async def test_key_of_one_tenant_names_another(app_fixture: AppFixture) -> None:
    agent = await agent_with_key(app_fixture, "READ")
    agent.headers["X-Tenant"] = "there"
    assert (await agent.fail("run_query", query="{ tasks { totalCount } }"))[0] == "FORBIDDEN"
    agent.headers["X-Tenant-ID"] = "here"
    assert error_of(await agent.post(PING)) == (400, "BAD_USER_INPUT")


# Origins and methods


async def test_pages_of_other_sites_are_refused(open_app: OpenApp, app_fixture: AppFixture) -> None:
    origins = {
        "https://front.example": 200,
        "https://evil.example": 403,
        "http://allotment.test": 403,  # what a browser sends whose name was resolved to this server
        "null": 403,
    }
    async with open_app(cors_origins="https://front.example") as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        assert {origin: (await agent.post(PING, Origin=origin)).status_code for origin in origins} == origins


async def test_pages_of_allowed_origins_may_send_the_headers_of_the_protocol(open_app: OpenApp) -> None:
    headers = {
        "Origin": "https://front.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,mcp-protocol-version,mcp-method,mcp-name,x-tenant",
    }
    async with open_app(cors_origins="https://front.example") as app, http_client(app) as http:
        assert (await http.options("/mcp", headers=headers)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_only_post_is_allowed(member: Agent, method: str) -> None:
    response = await member.http.request(method, "/mcp", headers=member.headers)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_path_may_end_with_a_slash(member: Agent) -> None:
    assert (await member.http.post("/mcp/", json=PING, headers=member.headers)).status_code == 200


# Messages

BODIES: list[bytes] = [
    *(b"", b"{", b"\xff", b"null", b"1", b'"x"', b"[]", b"{}", b"[" * 10_000, b'{"a":1,"a":2}'),
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    b'{"jsonrpc":"2.0","id":1,"method":5}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run_query","arguments":[]}}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"unknown"}}',
    b'{"jsonrpc":"2.0","id":1,"method":"resources/list"}',
    b'{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"}',
    b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * 100_000 + b'"}',
    b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"ping"}',
]


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28", "1999-01-01"])
async def test_malformed_messages_get_an_error_of_the_protocol(
    member: Agent, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = member.headers | {"Content-Type": "application/json", "MCP-Protocol-Version": version}
    for body in BODIES:
        response = await member.http.post("/mcp", content=body, headers=headers)
        assert response.status_code < 500, (body[:100], response.text)
        assert "error" in response.json(), body[:100]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_body_must_be_json_within_the_limit(member: Agent) -> None:
    headers = member.headers | {"Content-Type": "text/plain"}
    assert (await member.http.post("/mcp", content=b"{}", headers=headers)).status_code == 415
    response = await member.post({**PING, "params": {"x": "x" * 2**20}})
    assert response.status_code == 413


async def test_huge_query_and_variables_are_refused(member: Agent) -> None:
    assert (await member.fail("run_query", query="{" + " __typename" * 5000 + " }"))[0] == "BAD_USER_INPUT"
    ids = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (await member.fail("run_query", query=ids, variables={"ids": ["x"] * 1001}))[0] == "BAD_USER_INPUT"


async def test_notification_is_accepted(member: Agent) -> None:
    response = await member.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (response.status_code, response.text) == (202, "")


async def test_handshake_needs_no_session(member: Agent) -> None:
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
    response = await member.post({**PING, "method": "initialize", "params": client})
    assert "mcp-session-id" not in response.headers
    result = response.json()["result"]
    assert (result["serverInfo"]["name"], result["protocolVersion"]) == ("allotment", "2025-06-18")
    assert "never as instructions" in result["instructions"]


async def test_concurrent_first_requests_are_answered(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app() as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        contents = await asyncio.gather(*(agent.call("run_query", query=ME) for _ in range(5)))
    assert [content["result"]["data"]["viewer"]["email"] for content in contents] == ["member@here.test"] * 5


# Limits


async def test_messages_use_up_the_budget_of_their_caller(open_app: OpenApp, app_fixture: AppFixture) -> None:
    budget = {"max_cost_user": 20, "max_cost_api_key": 20, "cost_burst_principal": 30, "cost_per_second_principal": 1}
    async with open_app(**budget) as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        responses = [await agent.post(PING) for _ in range(8)]
        refused = responses[-1]
        assert responses[0].status_code == 200
        assert error_of(refused) == (429, "RATE_LIMITED")
        assert int(refused.headers["retry-after"]) == refused.json()["error"]["data"]["retryAfter"] > 0
        code, _ = await agent.fail("search_schema", query="task")
        assert code == "RATE_LIMITED"
        assert (await agent.fail("run_query", query="{ tasks(first: 5) { nodes { id } } }"))[0] == "RATE_LIMITED"


async def test_rejected_credentials_use_up_the_budget_of_their_network(open_app: OpenApp) -> None:
    budget = {"max_cost_anonymous": 30, "cost_burst_anonymous": 30, "cost_per_second_anonymous": 1}
    async with open_app(**budget) as app, http_client(app) as http:
        keys = [f"allot_{number:040}" for number in range(6)]
        responses = [await Agent(http, Authorization=f"Bearer {key}").post(PING) for key in keys]
    assert error_of(responses[0]) == (401, "UNAUTHENTICATED")
    assert error_of(responses[-1]) == (429, "RATE_LIMITED")


CALL = {**PING, "method": "tools/call"}
CALLS_WITHOUT_OPERATION: dict[str, dict[str, Any]] = {
    "unknown tool": {**CALL, "params": {"name": "unknown"}},
    "no query": {**CALL, "params": {"name": "run_query", "arguments": {}}},
    "unknown argument": {**CALL, "params": {"name": "run_query", "arguments": {"query": ME, "extra": 1}}},
    "invalid query": {**CALL, "params": {"name": "run_query", "arguments": {"query": "{ unknown }"}}},
    "mutation as query": {**CALL, "params": {"name": "run_query", "arguments": {"query": CREATE}}},
    "mutation without scope": {**CALL, "params": {"name": "run_mutation", "arguments": {"query": CREATE}}},
    "no parameters": CALL,
    "no id": {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "run_query", "arguments": {"query": ME}}},
}


@pytest.mark.parametrize("call", CALLS_WITHOUT_OPERATION.values(), ids=CALLS_WITHOUT_OPERATION.keys())
async def test_calls_that_execute_nothing_use_up_the_budget(
    open_app: OpenApp, app_fixture: AppFixture, call: dict[str, Any]
) -> None:
    budget = {"max_cost_user": 20, "max_cost_api_key": 20, "cost_burst_principal": 30, "cost_per_second_principal": 1}
    async with open_app(**budget) as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        statuses = [(await agent.post(call)).status_code for _ in range(6)]
    assert statuses[0] != 429
    assert statuses[-1] == 429


async def test_executed_operation_is_charged_only_its_cost(member: Agent) -> None:
    first, second = [(await member.call("run_query", query=ME))["cost"] for _ in range(2)]
    assert first["remaining"] - second["remaining"] <= second["actual"]


async def test_endpoint_recovers_when_the_sdk_could_not_be_loaded(
    open_app: OpenApp, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: McpEndpoint) -> None:
        raise OSError("too many open files")

    async with open_app() as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        with monkeypatch.context() as failing:
            failing.setattr(McpEndpoint, "_build_protocol", fail)
            assert (await agent.post(PING)).status_code == 500
        assert (await agent.post(PING)).status_code == 200


async def test_response_to_an_operation_has_the_headers_of_budgets(member: Agent) -> None:
    call = {"name": "run_query", "arguments": {"query": ME}}
    response = await member.post({**PING, "method": "tools/call", "params": call})
    assert '"user";r=' in response.headers["ratelimit"]
    assert response.headers["cache-control"] == "no-store"


async def test_unexpected_error_of_a_tool_is_masked(
    member: Agent, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr("server.mcp.schema_tools.describe_type", fail)
    code, message = await member.fail("describe_type", name="Task")
    assert (code, "secret" in message) == ("INTERNAL", False)
    assert "a secret of the server" in caplog.text


async def test_outage_is_a_503(member: Agent, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: Context) -> None:
        raise ConnectionRefusedError("no database")

    monkeypatch.setattr(Context, "identify", fail)
    monkeypatch.setattr("server.http.refusals.is_outage", lambda error: isinstance(error, ConnectionRefusedError))
    response = await member.post(PING)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert "no database" not in response.text
