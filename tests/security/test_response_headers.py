"""Headers that protect responses: no caching of GraphQL responses without asking, no guessing of media types."""

from collections.abc import Iterator

import httpx
import pytest

from server.seed.demo_users import PASSWORD
from tests.support import documents

QUERY = {"query": "{ __typename }"}
CREDENTIALS = {"email": "owner@demo.test", "password": PASSWORD}
ORIGIN = {"Origin": "http://localhost:3000"}


def graphql_responses(client: httpx.Client) -> Iterator[httpx.Response]:
    """Yield responses of the GraphQL endpoint: results, tokens, cookies and errors."""
    yield client.post("/graphql", json=QUERY)
    yield client.post("/graphql", json=QUERY, headers=ORIGIN)
    yield client.get("/graphql", params=QUERY)
    for transport in ("PAYLOAD", "COOKIE"):
        variables = {"input": CREDENTIALS | {"refreshTokenIn": transport}}
        yield client.post("/graphql", json={"query": documents.LOGIN, "variables": variables})
    yield client.post("/graphql", json={"query": "{ unknown }"})
    yield client.post("/graphql", content="x")
    yield client.post("/graphql", content="x", headers={"Content-Type": "application/json"})
    yield client.post("/graphql", json=QUERY, headers={"Accept": "image/png"})
    yield client.put("/graphql", json=QUERY)
    yield client.post("/graphql", content=b"x" * 2_000_000)


def other_responses(client: httpx.Client) -> Iterator[httpx.Response]:
    """Yield other responses: health checks, console, preflight requests and unknown paths."""
    for path in ("/health", "/ready", "/unknown", "/graphql/console/assets/unknown.js"):
        yield client.get(path)
    yield client.get("/graphql", headers={"Accept": "text/html"})
    for method in ("POST", "DELETE"):
        yield client.options("/graphql", headers=ORIGIN | {"Access-Control-Request-Method": method})
    yield client.post("/health", content=b"x" * 2_000_000)


def test_graphql_responses_are_not_stored(socket_client: httpx.Client) -> None:
    responses = list(graphql_responses(socket_client))
    assert {response.status_code for response in responses} == {200, 400, 405, 406, 413, 415}
    for response in responses:
        is_query_by_get = response.request.method == "GET"
        expected = "private, no-cache" if is_query_by_get else "no-store"
        assert response.headers.get_list("cache-control") == [expected], response.request
    assert sum("set-cookie" in response.headers for response in responses) == 1
    assert sum("accessToken" in response.text for response in responses) == 2


@pytest.mark.parametrize("responses", [graphql_responses, other_responses])
def test_browsers_may_not_guess_media_type(socket_client: httpx.Client, responses: object) -> None:
    assert callable(responses)
    for response in responses(socket_client):
        assert response.headers.get_list("x-content-type-options") == ["nosniff"], response.request
