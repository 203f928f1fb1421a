"""Conditional GET requests: clients that have the current response get status 304."""

from typing import Any

import httpx
import pytest

from models.membership import Role
from server.graphql.entity_tags import build_entity_tag
from server.http.conditional import matches
from tests.server.raw_client import CREATE, QUERY, RESPONSE, RawClient
from tests.support.app_fixture import AppFixture

TEAMS = "{ teams { nodes { name } } }"


async def get_again(client: RawClient, response: httpx.Response, **parameters: Any) -> httpx.Response:
    """Send a query again, with the entity tag of an earlier response."""
    client.http.headers["If-None-Match"] = response.headers["ETag"]
    try:
        return await client.get(**parameters)
    finally:
        del client.http.headers["If-None-Match"]


async def test_current_response_is_not_sent_again(raw_client: RawClient) -> None:
    first = await raw_client.get(query=QUERY)
    again = await get_again(raw_client, first, query=QUERY)
    assert (first.status_code, first.json()) == (200, RESPONSE)
    assert (again.status_code, again.content) == (304, b"")
    for response in (first, again):
        assert response.headers["ETag"] == first.headers["ETag"]
        assert response.headers.get_list("Cache-Control") == ["private, no-cache"]
        assert {"Authorization", "Cookie", "X-Tenant", "Accept", "Origin"} <= vary(response)
    assert "Content-Length" not in again.headers


def vary(response: httpx.Response) -> set[str]:
    """Return the names in the Vary headers."""
    return {name.strip() for value in response.headers.get_list("Vary") for name in value.split(",")}


async def test_changed_response_is_sent(raw_client: RawClient) -> None:
    before = await raw_client.get(query=TEAMS)
    await raw_client.post({"query": CREATE})
    after = await get_again(raw_client, before, query=TEAMS)
    assert after.status_code == 200
    assert after.json() != before.json()
    assert after.headers["ETag"] != before.headers["ETag"]


async def test_tag_of_one_tenant_does_not_match_in_another(app_fixture: AppFixture, raw_client: RawClient) -> None:
    await raw_client.post({"query": CREATE})
    first = await raw_client.get(query=TEAMS)
    other = app_fixture.other_tenant.client(Role.MEMBER)
    headers = {**other.headers, "If-None-Match": first.headers["ETag"]}
    response = await raw_client.http.get("/graphql", params={"query": TEAMS}, headers=headers)
    assert (response.status_code, response.json()) == (200, {"data": {"teams": {"nodes": []}}})


async def test_other_responses_have_no_tag(raw_client: RawClient) -> None:
    raw_client.http.headers["If-None-Match"] = "*"
    forbidden = "{ apiKeys { nodes { id } } }"
    responses = [
        await raw_client.post({"query": QUERY}),
        await raw_client.get(query="{ unknown }"),
        await raw_client.get(query="{"),
        await raw_client.get(query=forbidden),
        await raw_client.get(query=CREATE),
    ]
    assert [response.status_code for response in responses] == [200, 200, 200, 200, 405]
    for response in responses:
        assert "ETag" not in response.headers
        assert response.headers.get_list("Cache-Control") == ["no-store"]


TAG = build_entity_tag([b"x"])


@pytest.mark.parametrize("header", [TAG, TAG.removeprefix("W/"), f'"a", {TAG} , W/"b"', "*"])
def test_matching_tags(header: str) -> None:
    assert matches(header, TAG)


@pytest.mark.parametrize("header", ["", ",", '""', 'W/"a"', TAG.strip('"'), TAG.lower() + "x", "x" * 10_000])
def test_other_tags(header: str) -> None:
    assert not matches(header, TAG)


def test_tag_does_not_depend_on_the_division_into_pieces() -> None:
    assert build_entity_tag([b"a", b"bc"]) == build_entity_tag([b"abc"])
