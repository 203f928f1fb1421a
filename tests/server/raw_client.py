"""A client that sends raw HTTP requests to the GraphQL endpoint, and assertions on its responses."""

from typing import Any

import httpx

from tests.support.app_fixture import AppFixture

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
QUERY = "{ viewer { email } }"
RESPONSE = {"data": {"viewer": {"email": "member@here.test"}}}
CREATE = 'mutation { createTeam(input: {name: "Team A"}) { team { name } } }'


class RawClient:
    """Sends raw HTTP requests as a signed-in member."""

    def __init__(self, app_fixture: AppFixture) -> None:
        self.http = app_fixture.http
        self.headers = app_fixture.tenant.client().headers

    async def send(self, method: str = "POST", content: Any = None, **headers: str) -> httpx.Response:
        """Send these bytes as a body, with the media type JSON unless the headers name another."""
        defaults = {"Content-Type": JSON} if content is not None and "Content-Type" not in headers else {}
        return await self.http.request(method, "/graphql", content=content, headers=self.headers | defaults | headers)

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        """Send a value as JSON."""
        request = self.http.build_request("POST", "/graphql", json=body)
        return await self.send("POST", request.content, **headers)

    async def get(self, **parameters: str) -> httpx.Response:
        """Send the parameters in the query string."""
        return await self.http.get("/graphql", params=parameters, headers=self.headers)


def assert_request_error(response: httpx.Response, *messages: str) -> int:
    """Assert that the response has errors with the code BAD_USER_INPUT and nothing else; return its status."""
    body = response.json()
    assert body.keys() == {"errors"}
    assert [error["extensions"] for error in body["errors"]] == [{"code": "BAD_USER_INPUT"}] * len(body["errors"])
    if messages:
        assert [error["message"] for error in body["errors"]] == list(messages)
    return response.status_code
