"""Pagination of all connections. tests/queries covers filters and orders."""

from typing import Any

import pytest

from tests.support import documents
from tests.support.client import Client
from tests.support.documents import LISTED_TYPES
from tests.support.sample_data import SampleData

for_each_type = pytest.mark.parametrize("type_name", LISTED_TYPES)
NESTED = """
query ($first: Int, $last: Int) {
  projects(first: 1) { nodes { tasks(first: $first, last: $last) { nodes { id } } } }
  teams { nodes { workers(first: $first, last: $last) { nodes { id } } } }
}
"""


async def load_page(member_client: Client, type_name: str, **arguments: Any) -> dict[str, Any]:
    """Load a page of a type's connection."""
    connection: dict[str, Any] = (await member_client(documents.connection(type_name), **arguments)).data[
        f"{type_name.lower()}s"
    ]
    return connection


@for_each_type
async def test_connection_returns_full_objects_newest_first(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    ids = sample_data.ids(type_name)[::-1]
    connection = await load_page(member_client, type_name)
    assert connection["totalCount"] == 3
    assert [edge["node"]["id"] for edge in connection["edges"]] == [node["id"] for node in connection["nodes"]] == ids
    assert connection["nodes"] == [
        (await member_client(documents.by_id(type_name), id=id)).data[type_name.lower()] for id in ids
    ]
    assert connection["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": connection["edges"][0]["cursor"],
        "endCursor": connection["edges"][-1]["cursor"],
    }


@for_each_type
async def test_connection_is_paginated_forwards_and_backwards(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    ids = sample_data.ids(type_name)[::-1]
    first = await load_page(member_client, type_name, first=2)
    assert [node["id"] for node in first["nodes"]] == ids[:2]
    assert (first["pageInfo"]["hasNextPage"], first["totalCount"]) == (True, 3)
    second = await load_page(member_client, type_name, first=2, after=first["pageInfo"]["endCursor"])
    assert [node["id"] for node in second["nodes"]] == ids[2:]
    assert (second["pageInfo"]["hasNextPage"], second["totalCount"]) == (False, 3)
    previous = await load_page(member_client, type_name, last=2, before=second["pageInfo"]["startCursor"])
    assert [node["id"] for node in previous["nodes"]] == ids[:2]
    assert previous["pageInfo"]["hasPreviousPage"] is False


@for_each_type
async def test_page_size_is_between_zero_and_hundred(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    empty = await load_page(member_client, type_name, first=0)
    assert (empty["nodes"], empty["totalCount"], empty["pageInfo"]["hasNextPage"]) == ([], 3, True)
    assert len((await load_page(member_client, type_name, last=100))["nodes"]) == 3
    invalid_sizes: list[dict[str, Any]] = [
        {"first": 101},
        {"first": -1},
        {"last": 101},
        {"last": -1},
        {"first": 1, "last": 1},
    ]
    for sizes in (*invalid_sizes, {"first": 2**31 - 1}, {"after": "x"}, {"before": "x"}):
        response = await member_client(documents.connection(type_name), **sizes)
        assert (sizes, response.error_codes) == (sizes, ["BAD_USER_INPUT"])
        assert response.body["data"] == {f"{type_name.lower()}s": None}


async def test_nested_connections_have_same_limits(member_client: Client, sample_data: SampleData) -> None:
    assert (await member_client(NESTED, first=100)).data["teams"]["nodes"][-1]["workers"]["nodes"]
    for sizes in ({"first": 101}, {"last": -1}, {"first": 1, "last": 1}):
        response = await member_client(NESTED, **sizes)
        assert set(response.error_codes) == {"BAD_USER_INPUT"}
        assert response.body["data"] == {"projects": None, "teams": None}


async def test_default_page_size_is_twenty(member_client: Client) -> None:
    for number in range(21):
        await member_client(documents.create("Team"), input={"name": f"Team {number}"})
    connection = await load_page(member_client, "Team")
    assert [node["name"] for node in connection["nodes"]] == [f"Team {number}" for number in range(20, 0, -1)]
    assert (connection["totalCount"], connection["pageInfo"]["hasNextPage"]) == (21, True)


@for_each_type
async def test_empty_connection_has_no_edges_and_cursors(type_name: str, member_client: Client) -> None:
    empty_page_info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert await load_page(member_client, type_name) == {
        "totalCount": 0,
        "pageInfo": empty_page_info,
        "edges": [],
        "nodes": [],
    }
