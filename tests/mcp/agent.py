"""Agents: clients of /mcp that send single messages to an application in this process."""

from typing import Any

import httpx

from models.membership import Role
from tests.support.app_fixture import AppFixture

VERSION = "2025-11-25"
ACCEPT = "application/json, text/event-stream"
CREATE_KEY = """
mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { code } } }
"""


class Agent:
    """Sends messages with fixed headers, as clients of revisions with a handshake do."""

    def __init__(self, http: httpx.AsyncClient, **headers: str) -> None:
        self.http = http
        self.headers = {"Accept": ACCEPT, "MCP-Protocol-Version": VERSION, **headers}

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        """Send a body."""
        return await self.http.post("/mcp", json=body, headers=self.headers | headers)

    async def send(self, method: str, /, **params: Any) -> Any:
        """Send a message, and return the result; fail if there is an error of the protocol."""
        response = await self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        assert response.status_code == 200, response.text
        body = response.json()
        assert "result" in body, body
        return body["result"]

    async def list_tools(self) -> dict[str, Any]:
        """Return the tools by name."""
        return {tool["name"]: tool for tool in (await self.send("tools/list"))["tools"]}

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """Call a tool that succeeds, and return its structured content."""
        result = await self.send("tools/call", name=name, arguments=arguments)
        assert not result.get("isError"), result
        return result["structuredContent"]

    async def fail(self, name: str, /, **arguments: Any) -> tuple[str, str]:
        """Call a tool that fails, and return the code and the message of its first error."""
        result = await self.send("tools/call", name=name, arguments=arguments)
        assert result["isError"], result
        content = result["structuredContent"]
        error = content.get("result", content)["errors"][0]
        return error["extensions"]["code"], error["message"]


def agent_of(app_fixture: AppFixture, role: Role = Role.MEMBER, tenant: str = "here") -> Agent:
    """Return an agent with the access token of a member of the first tenant."""
    client = app_fixture.client(app_fixture.tenant.users[role], tenant)
    return Agent(client.http, **client.headers)


async def create_key(app_fixture: AppFixture, *scopes: str, role: Role = Role.ADMIN) -> str:
    """Create an API key in the first tenant, and return its secret. Without scopes, its role is not restricted."""
    values = {"name": "Agent", "role": role.value} | ({"scopes": list(scopes)} if scopes else {})
    owner = app_fixture.tenant.client(Role.OWNER)
    secret: str = (await owner(CREATE_KEY, input=values)).payload("createApiKey")["secret"]
    return secret


async def agent_with_key(app_fixture: AppFixture, *scopes: str) -> Agent:
    """Return an agent with an API key that has these scopes."""
    return Agent(app_fixture.http, Authorization=f"Bearer {await create_key(app_fixture, *scopes)}")
