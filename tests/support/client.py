"""A GraphQL client that sends HTTP requests to an application in this process."""

from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True)
class GraphQLResponse:
    """The status, JSON body and headers of a GraphQL response."""

    status: int
    body: dict[str, Any]
    headers: httpx.Headers = field(repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """Return the data; fail if there are top-level errors."""
        assert "errors" not in self.body, self.body["errors"]
        data: dict[str, Any] = self.body["data"]
        return data

    @property
    def error_codes(self) -> list[str]:
        """Return the codes of the top-level errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]

    def payload(self, mutation: str) -> dict[str, Any]:
        """Return the payload of a mutation; fail if it has user errors."""
        payload: dict[str, Any] = self.data[mutation]
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    def user_errors(self, mutation: str) -> list[tuple[str, list[str]]]:
        """Return code and field path of each user error of a mutation."""
        return [(error["code"], error["field"]) for error in self.data[mutation]["userErrors"]]


class Client:
    """Sends operations with fixed headers, such as an access token and a tenant."""

    def __init__(self, http: httpx.AsyncClient, **headers: str) -> None:
        self.http = http
        self.headers = headers

    async def __call__(self, query: str, /, **variables: Any) -> GraphQLResponse:
        return await self.post({"query": query, "variables": variables})

    def with_token(self, token: str) -> "Client":
        """Return a copy of the client with this bearer token."""
        return self.with_headers(Authorization=f"Bearer {token}")

    async def lease_cost_points(self) -> "Client":
        """Send an operation, so that later ones find leased cost points and need no statement for them."""
        await self("{ __typename }")
        return self

    async def post(self, body: Any) -> GraphQLResponse:
        """Send a JSON body of any shape."""
        response = await self.http.post("/graphql", json=body, headers=self.headers)
        return GraphQLResponse(response.status_code, response.json(), response.headers)

    def with_headers(self, **headers: str) -> "Client":
        """Return a copy of the client with these headers added or replaced."""
        return Client(self.http, **self.headers | headers)
