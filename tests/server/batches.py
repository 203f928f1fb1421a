"""Batched requests for the tests."""

from collections.abc import Sequence
from typing import Any

import httpx

from tests.support.app_fixture import AppFixture
from tests.support.client import Client

ME = "{ viewer { email } }"
MY_EMAIL = {"data": {"viewer": {"email": "member@here.test"}}}
TEAMS = "{ teams(first: 5) { nodes { name } } }"
CREATE_TEAM = "mutation ($name: String!) { createTeam(input: {name: $name}) { team { name } userErrors { code } } }"


def create_team(name: str) -> dict[str, Any]:
    """Return an operation that creates a team."""
    return {"query": CREATE_TEAM, "variables": {"name": name}}


def team_created(name: str) -> dict[str, Any]:
    """Return the result of `create_team`."""
    return {"data": {"createTeam": {"team": {"name": name}, "userErrors": []}}}


async def post(http: httpx.AsyncClient, client: Client, *operations: Any, **headers: str) -> httpx.Response:
    """Send a batch; texts are documents."""
    body = [{"query": each} if isinstance(each, str) else each for each in operations]
    return await http.post("/graphql", json=body, headers=client.headers | headers)


async def send(app_fixture: AppFixture, *operations: Any, **headers: str) -> httpx.Response:
    """Send a batch as a member."""
    return await post(app_fixture.http, app_fixture.tenant.client(), *operations, **headers)


def codes(response: httpx.Response) -> Sequence[list[str]]:
    """Return the codes of the errors of each result."""
    return [[error["extensions"]["code"] for error in result.get("errors", ())] for result in response.json()]
