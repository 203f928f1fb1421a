"""A second client of the server, which writes while the console is open."""

from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.console.page import DEMO_PASSWORD

LOGIN = """mutation ($email: String!, $password: String!) {
    login(input: {email: $email, password: $password}) { accessToken }
}"""
CREATE_TASK = (
    "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id version } userErrors { code } } }"
)
UPDATE_TASK = (
    "mutation ($id: ID!, $input: UpdateTaskInput!) { updateTask(id: $id, input: $input) { userErrors { code } } }"
)
FIND_TASK = "query ($id: ID!) { task(id: $id) { title description status priority version } }"


@dataclass
class Writer:
    """Another client of the same server, signed in as a user of the demo."""

    client: httpx.AsyncClient

    @classmethod
    async def sign_in(cls, url: str, email: str, tenant: str = "demo") -> Self:
        """Sign in with the password of the demo."""
        client = httpx.AsyncClient(base_url=url, headers={"X-Tenant": tenant}, timeout=60)
        writer = cls(client)
        login = await writer.execute(LOGIN, email=email, password=DEMO_PASSWORD)
        client.headers["Authorization"] = f"Bearer {login['login']['accessToken']}"
        return writer

    async def execute(self, query: str, **variables: Any) -> dict[str, Any]:
        """Execute an operation and return its data."""
        response = await self.client.post("/graphql", json={"query": query, "variables": variables})
        body = response.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    async def create_task(self, **values: Any) -> str:
        """Create a task and return its id."""
        created = (await self.execute(CREATE_TASK, input=values))["createTask"]
        assert created["userErrors"] == []
        task_id: str = created["task"]["id"]
        return task_id

    async def update_task(self, task_id: str, **values: Any) -> None:
        """Update a task."""
        updated = await self.execute(UPDATE_TASK, id=task_id, input=values)
        assert updated["updateTask"]["userErrors"] == []

    async def find_task(self, task_id: str) -> dict[str, Any] | None:
        """Return a task, or None."""
        task: dict[str, Any] | None = (await self.execute(FIND_TASK, id=task_id))["task"]
        return task
