"""The way in: what goes to GraphQL and what to the other routes, and what all of it goes through."""

import httpx
import pytest
from fastapi import FastAPI

from server.app import create_app
from server.settings import Settings, load_settings
from tests.support.closing import close

QUERY = {"query": "{ __typename }"}
ANSWER = {"data": {"__typename": "Query"}}
PAGE = "https://page.test"


def client(app: FastAPI, root_path: str = "") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, root_path=root_path)
    return httpx.AsyncClient(transport=transport, base_url="http://allotment.test")


async def test_graphql_is_found_with_and_without_a_slash(http: httpx.AsyncClient) -> None:
    for path in ("/graphql", "/graphql/"):
        response = await http.post(path, json=QUERY)
        assert (response.status_code, response.json()) == (200, ANSWER)


async def test_other_paths_are_no_graphql(http: httpx.AsyncClient) -> None:
    for path in ("/", "/graphql//", "/graphqlx", "/graphql/x", "/x/graphql", "/GraphQL"):
        response = await http.post(path, json=QUERY)
        assert (path, response.status_code) == (path, 404)
        assert response.headers["X-Request-ID"]
    assert (await http.get("/health")).json() == {"status": "ok"}


async def test_it_can_be_served_below_a_path(app: FastAPI) -> None:
    async with client(app, root_path="/api") as http:
        assert (await http.post("/api/graphql", json=QUERY)).json() == ANSWER
        assert (await http.get("/api/health")).json() == {"status": "ok"}


async def test_every_answer_says_that_other_origins_are_answered_otherwise(http: httpx.AsyncClient) -> None:
    for response in (await http.post("/graphql", json=QUERY), await http.get("/health"), await http.get("/nowhere")):
        assert response.headers.get_list("Vary")[-1] == "Origin"
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_pages_of_origins_that_are_let_in_may_read_answers(settings: Settings) -> None:
    app = create_app(load_settings(None, **settings.model_dump() | {"cors_origins": [PAGE]}))
    async with client(app) as http:
        for origin, allowed in ((PAGE, PAGE), ("https://other.test", None), ("null", None)):
            response = await http.post("/graphql", json=QUERY, headers={"Origin": origin})
            assert response.json() == ANSWER
            assert response.headers.get("Access-Control-Allow-Origin") == allowed
            assert response.headers["Vary"] == "Origin"
        asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-tenant"}
        answer = await http.options("/graphql", headers=asked)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    await close(app)


@pytest.mark.parametrize("path", ["/graphql", "/health"])
async def test_bodies_are_bounded_everywhere(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.post(path, content=b"x" * 2_000_000)).status_code == 413
