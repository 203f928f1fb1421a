"""Routing to the GraphQL endpoint and to the other routes, and the middleware of both."""

import httpx
import pytest
from fastapi import FastAPI

from server.app import create_app
from server.config.settings import Settings
from tests.support.app_shutdown import shut_down
from tests.support.settings import change_settings

QUERY = {"query": "{ __typename }"}
RESPONSE = {"data": {"__typename": "Query"}}
ALLOWED_ORIGIN = "https://page.test"


def create_client(app: FastAPI, root_path: str = "") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, root_path=root_path)
    return httpx.AsyncClient(transport=transport, base_url="http://allotment.test")


async def test_graphql_is_served_with_and_without_trailing_slash(http: httpx.AsyncClient) -> None:
    for path in ("/graphql", "/graphql/"):
        response = await http.post(path, json=QUERY)
        assert (response.status_code, response.json()) == (200, RESPONSE)


async def test_other_paths_do_not_reach_graphql(http: httpx.AsyncClient) -> None:
    for path in ("/graphql//", "/graphqlx", "/graphql/x", "/x/graphql", "/GraphQL"):
        response = await http.post(path, json=QUERY)
        assert (path, response.status_code) == (path, 404)
        assert response.headers["X-Request-ID"]
        assert response.headers["Cache-Control"] == "no-store"
        message = "There is nothing at this path. The endpoint is /graphql."
        assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}
    assert (await http.get("/health")).json() == {"status": "ok"}


async def test_other_methods_of_a_path_are_refused(http: httpx.AsyncClient) -> None:
    response = await http.delete("/health")
    assert (response.status_code, set(response.headers["Allow"].split(", "))) == (405, {"GET", "HEAD"})
    message = "This path does not support the method DELETE."
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


async def test_application_can_be_mounted_below_root_path(app: FastAPI) -> None:
    async with create_client(app, root_path="/api") as http:
        assert (await http.post("/api/graphql", json=QUERY)).json() == RESPONSE
        assert (await http.get("/api/health")).json() == {"status": "ok"}


async def test_response_without_origin_varies_by_origin(http: httpx.AsyncClient) -> None:
    for response in (await http.post("/graphql", json=QUERY), await http.get("/health"), await http.get("/nowhere")):
        assert response.headers.get_list("Vary")[-1] == "Origin"
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_allowed_origin_receives_cors_headers(settings: Settings) -> None:
    app = create_app(change_settings(settings, cors_origins=[ALLOWED_ORIGIN]))
    async with create_client(app) as http:
        for origin, allowed_origin in ((ALLOWED_ORIGIN, ALLOWED_ORIGIN), ("https://other.test", None), ("null", None)):
            response = await http.post("/graphql", json=QUERY, headers={"Origin": origin})
            assert response.json() == RESPONSE
            assert response.headers.get("Access-Control-Allow-Origin") == allowed_origin
            assert response.headers["Vary"] == "Origin"
        preflight_headers = {
            "Origin": ALLOWED_ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-tenant, x-client-name, x-client-version, traceparent",
        }
        response = await http.options("/graphql", headers=preflight_headers)
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, ALLOWED_ORIGIN)
    await shut_down(app)


@pytest.mark.parametrize("path", ["/graphql", "/health"])
async def test_body_limit_applies_to_all_paths(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.post(path, content=b"x" * 2_000_000)).status_code == 413
