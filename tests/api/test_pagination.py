"""Pagination of all connections. tests/queries covers filters and orders."""

from typing import Any

import pytest

from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client, GraphQLResponse
from tests.support.documents import NOUNS
from tests.support.graphql_schema import field_name, list_field_name
from tests.support.operation_catalog import OPERATIONS
from tests.support.sample_data import SampleData

LISTED_TYPES = [*NOUNS, "Order"]
for_each_type = pytest.mark.parametrize("type_name", LISTED_TYPES)
INVALID_SIZES: tuple[dict[str, Any], ...] = (
    *({"first": 101}, {"first": -1}, {"last": 101}, {"last": -1}, {"first": 1, "last": 1}, {"first": 2**31 - 1}),
    *({"after": "x"}, {"before": "x"}),
)
NESTED = """
query ($first: Int, $last: Int) {
  projects(first: 1) { nodes { tasks(first: $first, last: $last) { nodes { id } } } }
  teams { nodes { workers(first: $first, last: $last) { nodes { id } } } }
}
"""


async def send_list(app_fixture: AppFixture, type_name: str, **arguments: Any) -> GraphQLResponse:
    """Query a type's connection with the required role."""
    client = app_fixture.tenant.client(OPERATIONS[list_field_name(type_name)].role)
    return await client(documents.connection(type_name), **arguments)


async def load_page(app_fixture: AppFixture, type_name: str, **arguments: Any) -> dict[str, Any]:
    """Load a page of a type's connection."""
    connection: dict[str, Any] = (await send_list(app_fixture, type_name, **arguments)).data[list_field_name(type_name)]
    return connection


@for_each_type
async def test_connection_returns_full_objects_newest_first(
    type_name: str, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    ids = sample_data.ids(type_name)[::-1]
    connection = await load_page(app_fixture, type_name)
    assert connection["totalCount"] == 3
    assert [edge["node"]["id"] for edge in connection["edges"]] == [node["id"] for node in connection["nodes"]] == ids
    client = app_fixture.tenant.client(OPERATIONS[field_name(type_name)].role)
    assert connection["nodes"] == [
        (await client(documents.by_id(type_name), id=id)).data[field_name(type_name)] for id in ids
    ]
    assert connection["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": connection["edges"][0]["cursor"],
        "endCursor": connection["edges"][-1]["cursor"],
    }


@for_each_type
async def test_connection_is_paginated_forwards_and_backwards_within_limits(
    type_name: str, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    ids = sample_data.ids(type_name)[::-1]
    first = await load_page(app_fixture, type_name, first=2)
    assert [node["id"] for node in first["nodes"]] == ids[:2]
    assert (first["pageInfo"]["hasNextPage"], first["totalCount"]) == (True, 3)
    second = await load_page(app_fixture, type_name, first=2, after=first["pageInfo"]["endCursor"])
    assert [node["id"] for node in second["nodes"]] == ids[2:]
    assert (second["pageInfo"]["hasNextPage"], second["totalCount"]) == (False, 3)
    previous = await load_page(app_fixture, type_name, last=2, before=second["pageInfo"]["startCursor"])
    assert [node["id"] for node in previous["nodes"]] == ids[:2]
    assert previous["pageInfo"]["hasPreviousPage"] is False
    empty = await load_page(app_fixture, type_name, first=0)
    assert (empty["nodes"], empty["totalCount"], empty["pageInfo"]["hasNextPage"]) == ([], 3, True)
    assert len((await load_page(app_fixture, type_name, last=100))["nodes"]) == 3
    for arguments in INVALID_SIZES:
        response = await send_list(app_fixture, type_name, **arguments)
        assert (arguments, response.error_codes) == (arguments, ["BAD_USER_INPUT"])
        assert response.body["data"] == {list_field_name(type_name): None}


async def test_nested_connections_have_same_limits(member_client: Client, sample_data: SampleData) -> None:
    assert (await member_client(NESTED, first=100)).data["teams"]["nodes"][-1]["workers"]["nodes"]
    for sizes in ({"first": 101}, {"last": -1}, {"first": 1, "last": 1}):
        response = await member_client(NESTED, **sizes)
        assert set(response.error_codes) == {"BAD_USER_INPUT"}
        assert response.body["data"] == {"projects": None, "teams": None}


async def test_default_page_size_is_twenty(member_client: Client, app_fixture: AppFixture) -> None:
    for number in range(21):
        await member_client(documents.create("Team"), input={"name": f"Team {number}"})
    connection = await load_page(app_fixture, "Team")
    assert [node["name"] for node in connection["nodes"]] == [f"Team {number}" for number in range(20, 0, -1)]
    assert (connection["totalCount"], connection["pageInfo"]["hasNextPage"]) == (21, True)


async def test_empty_connection_has_no_edges_and_cursors(app_fixture: AppFixture) -> None:
    empty_page_info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    for type_name in LISTED_TYPES:
        assert await load_page(app_fixture, type_name) == {
            "totalCount": 0,
            "pageInfo": empty_page_info,
            "edges": [],
            "nodes": [],
        }
