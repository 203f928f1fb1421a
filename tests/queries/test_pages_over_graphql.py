"""Tests of pagination arguments and page info in GraphQL queries."""

from typing import Any

import pytest

from queries.order import Direction, Nulls, Sort
from tests.queries.sort_oracle import sort_rows
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.dataset import DATASET

LIST_QUERY = """
query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: [TaskOrder!]) {
  tasks(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    edges { cursor node { id } }
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
ORDER_BY = [{"field": "DUE_DATE", "direction": "DESC", "nulls": "FIRST"}, {"field": "PRIORITY"}]
SORTS = [Sort("due_date", Direction.DESC, Nulls.FIRST), Sort("priority")]


async def load_connection(client: Client, **arguments: Any) -> Any:
    """Load the connection for these arguments."""
    return (await client(LIST_QUERY, **arguments)).data["tasks"]


@pytest.mark.any_server
async def test_client_pages_forwards_and_backwards_with_page_info(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    expected = [global_id(task) for task in sort_rows(DATASET.tasks, SORTS)]
    forward_ids, backward_ids = list[str](), list[str]()
    page = await load_connection(client, first=7, orderBy=ORDER_BY)
    while page["pageInfo"]["hasNextPage"]:
        forward_ids += [node["id"] for node in page["nodes"]]
        page = await load_connection(client, first=7, after=page["pageInfo"]["endCursor"], orderBy=ORDER_BY)
    while page["pageInfo"]["hasPreviousPage"]:
        backward_ids = [node["id"] for node in page["nodes"]] + backward_ids
        page = await load_connection(client, last=7, before=page["pageInfo"]["startCursor"], orderBy=ORDER_BY)
    assert forward_ids + backward_ids[-5:] == expected
    assert [node["id"] for node in page["nodes"]] + backward_ids == expected


async def test_edge_cursor_starts_page_after_edge(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    expected = [global_id(task) for task in sort_rows(DATASET.tasks, SORTS)]
    page = await load_connection(client, first=100, orderBy=ORDER_BY)
    cursors = [edge["cursor"] for edge in page["edges"]]
    assert [edge["node"]["id"] for edge in page["edges"]] == expected
    assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (cursors[0], cursors[-1])
    for position in (0, 13, 39):
        rest = await load_connection(client, first=100, after=cursors[position], orderBy=ORDER_BY)
        assert [node["id"] for node in rest["nodes"]] == expected[position + 1 :]


async def test_page_before_cursor_has_next_page(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    cursors = [edge["cursor"] for edge in (await load_connection(client, first=6))["edges"]]
    forwards = await load_connection(client, first=10, before=cursors[3])
    assert (forwards["pageInfo"]["hasPreviousPage"], forwards["pageInfo"]["hasNextPage"]) == (False, True)
    backwards = await load_connection(client, last=100, after=cursors[3])
    assert (backwards["pageInfo"]["hasPreviousPage"], backwards["pageInfo"]["hasNextPage"]) == (True, False)


async def test_default_page_has_twenty_newest_rows(app_with_dataset: AppFixture) -> None:
    newest = [global_id(task) for task in sorted(DATASET.tasks, key=lambda task: task.id, reverse=True)]
    default_arguments: list[dict[str, Any]] = [{}, {"orderBy": []}, {"orderBy": None, "first": None, "last": None}]
    for arguments in default_arguments:
        page = await load_connection(app_with_dataset.tenant.client(), **arguments)
        assert [node["id"] for node in page["nodes"]] == newest[:20]


async def test_page_of_size_zero_has_page_info(app_with_dataset: AppFixture) -> None:
    client, no_cursors = app_with_dataset.tenant.client(), {"startCursor": None, "endCursor": None}
    for arguments in ({"first": 0}, {"last": 0}):
        page = await load_connection(client, **arguments)
        assert page["nodes"] == page["edges"] == []
        flags = {"hasNextPage": "first" in arguments, "hasPreviousPage": "last" in arguments}
        assert page["pageInfo"] == no_cursors | flags


async def test_empty_list_has_empty_page(app_fixture: AppFixture) -> None:
    empty = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    for arguments in ({}, {"first": 5}, {"last": 5}, {"first": 0}):
        assert await load_connection(app_fixture.tenant.client(), **arguments) == {
            "edges": [],
            "nodes": [],
            "pageInfo": empty,
        }


async def test_invalid_page_size_is_bad_user_input(app_fixture: AppFixture) -> None:
    client = app_fixture.tenant.client()
    invalid_sizes: list[Any] = [-1, 101, 2**31 - 1, 2**31, 2**70, -(2**31), 1.5, "1", True, [1, 2]]
    for size in invalid_sizes:
        for name in ("first", "last"):
            assert (await client(LIST_QUERY, **{name: size})).error_codes == ["BAD_USER_INPUT"], size
    assert (await client(LIST_QUERY, first=1, last=1)).error_codes == ["BAD_USER_INPUT"]
    assert (await client(LIST_QUERY, first=0, last=0)).error_codes == ["BAD_USER_INPUT"]
    assert (await client(LIST_QUERY, first=100)).error_codes == (await client(LIST_QUERY, last=100)).error_codes == []
