"""The GraphQL endpoint over HTTP: media types, status codes and headers of responses."""

import pytest

from models import Team
from tests.server.raw_client import CREATE, GRAPHQL_JSON, JSON, QUERY, RESPONSE, RawClient, assert_request_error
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.only("sqlite")

ACCEPTED = [
    ("*/*", JSON),
    ("application/*", JSON),
    (JSON, JSON),
    (GRAPHQL_JSON, GRAPHQL_JSON),
    ("APPLICATION/JSON", JSON),
    (f"{GRAPHQL_JSON}, {JSON}", GRAPHQL_JSON),
    (f"{JSON}, {GRAPHQL_JSON}", JSON),
    (f"{GRAPHQL_JSON};q=0.1, {JSON};q=0.9", JSON),
    (f"{GRAPHQL_JSON}; charset=utf-8; q=0.9, {JSON};q=0.1", GRAPHQL_JSON),
    (f"{GRAPHQL_JSON};q=0, */*;q=0.1", JSON),
    (f"text/event-stream, {GRAPHQL_JSON}", GRAPHQL_JSON),
    (f"text/event-stream, multipart/mixed, {JSON}", JSON),
    ("image/png, */*;q=0.1", JSON),
]
UNACCEPTABLE = [
    "text/event-stream;q=0",
    "multipart/mixed",
    "multipart/mixed;deferSpec=20220824",
    "text/*",
    "text/plain",
    "text/html",
    f"{JSON};q=0",
    f"{JSON};q=x",
    "*/*;q=0",
    "*/*;q=nan",
    "garbage;;;,,,q",
]


async def test_response_has_preferred_media_type(raw_client: RawClient) -> None:
    for accept, media_type in ACCEPTED:
        response = await raw_client.post({"query": QUERY}, Accept=accept)
        assert (response.status_code, response.json()) == (200, RESPONSE)
        assert (accept, response.headers["Content-Type"]) == (accept, f"{media_type}; charset=utf-8")


async def test_unacceptable_media_types_are_rejected(raw_client: RawClient, app_fixture: AppFixture) -> None:
    for accept in UNACCEPTABLE:
        response = await raw_client.post({"query": CREATE}, Accept=accept)
        assert (accept, assert_request_error(response)) == (accept, 406)
        assert response.headers["Content-Type"] == f"{JSON}; charset=utf-8"
    assert await fetch_table(app_fixture.tenant, Team) == []


async def test_default_media_type_is_json(raw_client: RawClient) -> None:
    for accept_header in ({}, {"Accept": ""}):
        request = raw_client.http.build_request("POST", "/graphql", json={"query": QUERY}, headers=raw_client.headers)
        del request.headers["Accept"]
        request.headers.update(accept_header)
        response = await raw_client.http.send(request)
        assert (response.json(), response.headers["Content-Type"]) == (RESPONSE, f"{JSON}; charset=utf-8")


@pytest.mark.parametrize(("media_type", "status"), [(JSON, 200), (GRAPHQL_JSON, 400)])
async def test_request_error_has_no_data(media_type: str, status: int, raw_client: RawClient) -> None:
    for query, variables in (
        ("{", {}),
        ("{ unknown }", {}),
        ("query ($id: ID!) { task(id: $id) { id } }", {}),
        ("query ($id: ID!) { task(id: $id) { id } }", {"id": None}),
    ):
        response = await raw_client.post({"query": query, "variables": variables}, Accept=media_type)
        assert assert_request_error(response) == status
        assert response.headers["Content-Type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL_JSON])
async def test_execution_error_has_data(media_type: str, raw_client: RawClient) -> None:
    query = "{ viewer { email } tasks(first: 1000) { totalCount } }"
    response = await raw_client.post({"query": query}, Accept=media_type)
    assert response.status_code == 200
    assert response.json()["data"] == RESPONSE["data"] | {"tasks": None}
    assert response.json()["errors"][0]["path"] == ["tasks"]


async def test_every_response_has_request_id(raw_client: RawClient) -> None:
    for response in (
        await raw_client.post({"query": QUERY}),
        await raw_client.send(content=b"x"),
        await raw_client.send("PUT"),
    ):
        assert len(response.headers["X-Request-ID"]) == 32
    response = await raw_client.post({"query": QUERY}, **{"X-Request-ID": "client-1"})
    assert response.headers["X-Request-ID"] == "client-1"
