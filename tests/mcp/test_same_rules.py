"""The rules of other transports for queries hold for agents, with the same codes."""

from typing import Any

import pytest
from fastapi import FastAPI

from models import Team
from server.graphql.errors import ErrorCode
from tests.mcp.agent import Agent, agent_of
from tests.security.test_aborted_batches import slow_reads
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import app_opener, http_client
from tests.transports.test_same_rules import MAX_SENT, RULES, Rule, headers_of

pytestmark = pytest.mark.only("sqlite")
_ARGUMENTS = frozenset({"query", "variables", "operationName"})
APPLICABLE = [
    rule
    for rule in RULES
    if rule.payload.keys() <= _ARGUMENTS and rule.caller != "anonymous" and "persisted" not in rule.settings
]


async def send(app: FastAPI, app_fixture: AppFixture, rule: Rule) -> Any:
    """Send the query of a rule until it is refused, and return its result."""
    async with http_client(app) as http:
        agent = Agent(http, **headers_of(app_fixture, rule.caller))
        for _ in range(MAX_SENT):
            result = await agent.send("tools/call", name="run_query", arguments=dict(rule.payload))
            if result["isError"]:
                content = result["structuredContent"]
                return content.get("result", content)
    raise AssertionError(f"The query is not refused: {rule.name}")


async def test_rules_hold(app_fixture: AppFixture, database_url: str) -> None:
    assert len(APPLICABLE) > 15
    for rule in APPLICABLE:
        async with app_opener(database_url)(**rule.settings) as app:
            result = await send(app, app_fixture, rule)
        assert {error["extensions"]["code"] for error in result["errors"]} == {rule.code}, rule.name
        assert rule.message in result["errors"][0]["message"], rule.name
        assert not any((result.get("data") or {}).values()), rule.name


async def test_deadline(app_fixture: AppFixture, database_url: str) -> None:
    await app_fixture.tenant.create(Team)
    async with app_opener(database_url)(request_timeout=0.3) as app, http_client(app) as http:
        agent = Agent(http, **agent_of(app_fixture).headers)
        await agent.call("run_query", query="{ viewer { email } }")  # loads the SDK
        async with slow_reads(database_url, None):
            code, message = await agent.fail("run_query", query="{ teams { nodes { id } } }")
        assert (code, "REQUEST_TIMEOUT" in message) == (ErrorCode.ABORTED, True)
        await agent.call("run_query", query="{ viewer { email } }")
