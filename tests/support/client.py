"""A GraphQL client that talks HTTP to an application in this process."""

from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: dict[str, Any]
    headers: httpx.Headers = field(repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """The data of an answer that must be without errors."""
        assert "errors" not in self.body, self.body["errors"]
        data: dict[str, Any] = self.body["data"]
        return data

    @property
    def codes(self) -> list[str]:
        """The codes of the top-level errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]

    def payload(self, mutation: str) -> dict[str, Any]:
        """The payload of a mutation that must be without user errors."""
        payload: dict[str, Any] = self.data[mutation]
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    def refusals(self, mutation: str) -> list[tuple[str, list[str]]]:
        """Code and field of each user error."""
        return [(error["code"], error["field"]) for error in self.data[mutation]["userErrors"]]


class Client:
    """Sends operations, with the headers of whoever it is signed in as."""

    def __init__(self, http: httpx.AsyncClient, **headers: str) -> None:
        self.http = http
        self.headers = headers

    async def __call__(self, query: str, /, **variables: Any) -> Answer:
        return await self.post({"query": query, "variables": variables})

    def bearing(self, token: str) -> "Client":
        """The same client with another token."""
        return self.with_headers(Authorization=f"Bearer {token}")

    async def post(self, body: Any) -> Answer:
        """Send any JSON body."""
        response = await self.http.post("/graphql", json=body, headers=self.headers)
        return Answer(response.status_code, response.json(), response.headers)

    def with_headers(self, **headers: str) -> "Client":
        """The same client with other headers on top."""
        return Client(self.http, **self.headers | headers)
