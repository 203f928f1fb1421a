"""Tests of orders by values of related objects, and of offsets, in GraphQL queries."""

from collections.abc import Sequence
from typing import Any

import pytest

from queries.order import NEWEST_FIRST, Direction, Nulls, Sort
from tests.queries.page_helpers import encode_row_cursor
from tests.queries.sort_oracle import PROJECT, WORKERS, sort_rows
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.dataset import DATASET

PAGE = "nodes { id } pageInfo { hasNextPage endCursor }"
ARGUMENTS = "first: 9, orderBy: $orderBy, after: $after"
LIST_QUERY = f"query ($orderBy: [TaskOrder!], $after: String) {{ tasks({ARGUMENTS}) {{ {PAGE} }} }}"
CURSOR = encode_row_cursor(NEWEST_FIRST, DATASET.tasks[0])
ORDERS: list[tuple[list[dict[str, Any]], list[Sort]]] = [
    ([{"project": {"field": "NAME"}}], [Sort("name", path=(PROJECT,))]),
    (
        [{"project": {"field": "NAME", "direction": "DESC", "nulls": "FIRST"}}, {"field": "TITLE"}],
        [Sort("name", Direction.DESC, Nulls.FIRST, (PROJECT,)), Sort("title")],
    ),
    ([{"workers": {"count": "DESC"}}], [Sort("", Direction.DESC, counted=WORKERS)]),
]


async def load_all(client: Client, order_by: Any) -> list[str]:
    """Return the ids of all pages, forwards."""
    ids, cursor, has_next = list[str](), None, True
    while has_next:
        page = (await client(LIST_QUERY, orderBy=order_by, after=cursor)).data["tasks"]
        ids += [node["id"] for node in page["nodes"]]
        cursor, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return ids


@pytest.mark.parametrize(("order_by", "sorts"), ORDERS)
async def test_tasks_are_sorted_by_related_objects_on_all_pages(
    app_with_dataset: AppFixture, order_by: Any, sorts: Sequence[Sort]
) -> None:
    ids = await load_all(app_with_dataset.tenant.client(), order_by)
    assert ids == [global_id(task) for task in sort_rows(DATASET.tasks, sorts)]


async def test_nested_list_is_sorted_by_related_objects(app_with_dataset: AppFixture) -> None:
    query = "{ projects { nodes { id tasks(first: 100, orderBy: [{workers: {count: DESC}}]) { nodes { id } } } } }"
    projects = (await app_with_dataset.tenant.client()(query)).data["projects"]["nodes"]
    for project in projects:
        rows = [row for row in DATASET.projects if global_id(row) == project["id"]]
        tasks = [task for task in DATASET.tasks if task.project_id == rows[0].id]
        expected = sort_rows(tasks, [Sort("", Direction.DESC, counted=WORKERS)])
        assert [node["id"] for node in project["tasks"]["nodes"]] == [global_id(task) for task in expected]
    assert any(project["tasks"]["nodes"] for project in projects)


INVALID_ORDERS: list[tuple[Any, str]] = [
    ([{}], "Each criterion of `orderBy` takes exactly one of `field`, `project`, `assignee`, `workers`."),
    ([{"field": "TITLE", "project": {"field": "NAME"}}], "Each criterion of `orderBy` takes exactly one of"),
    ([{"project": None}], "Each criterion of `orderBy` takes exactly one of"),
    ([{"project": {}}], "Each criterion of `orderBy` takes exactly one of `field`, `owner`"),
    ([{"project": {"field": "NAME"}, "direction": "DESC"}], "pass the direction of `project` within `project`"),
    ([{"workers": {"count": "ASC"}}] * 4, "`orderBy` takes at most 3 values of related objects."),
]


async def test_invalid_orders_are_refused(subtests: pytest.Subtests, app_with_dataset: AppFixture) -> None:
    for order_by, message in INVALID_ORDERS:
        with subtests.test(order_by=order_by):
            response = await app_with_dataset.tenant.client()(LIST_QUERY, orderBy=order_by)
            assert message.partition(", `owner`")[0] in response.body["errors"][0]["message"]
            assert response.error_codes == ["BAD_USER_INPUT"]


async def test_cursor_of_another_order_is_refused(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    by_name, by_id = [{"project": {"field": "NAME"}}], [{"project": {"field": "ID"}}]
    cursor = (await client(LIST_QUERY, orderBy=by_name)).data["tasks"]["pageInfo"]["endCursor"]
    response = await client(LIST_QUERY, orderBy=by_id, after=cursor)
    assert "`after` is not a cursor of this connection" in response.body["errors"][0]["message"]


async def test_client_jumps_to_a_page(app_with_dataset: AppFixture) -> None:
    client = app_with_dataset.tenant.client()
    newest = [global_id(task) for task in sorted(DATASET.tasks, key=lambda task: task.id, reverse=True)]
    page = (await client(f"{{ tasks(first: 5, offset: 10) {{ {PAGE} }} }}")).data["tasks"]
    assert [node["id"] for node in page["nodes"]] == newest[10:15]
    cursor = page["pageInfo"]["endCursor"]
    following = (await client(f'{{ tasks(first: 5, after: "{cursor}") {{ {PAGE} }} }}')).data["tasks"]
    assert [node["id"] for node in following["nodes"]] == newest[15:20]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (f'offset: 1, after: "{CURSOR}"', "Pass `offset` or `after`, not both."),
        (f'offset: 0, before: "{CURSOR}"', "Pass `offset` or `before`, not both."),
        ("offset: 1, last: 1", "Pass `offset` or `last`, not both."),
        ("offset: 10001", "`offset` must be between 0 and 10,000. Continue from a cursor with `after` instead."),
        ("offset: -1", "`offset` must be between 0 and 10,000. Continue from a cursor with `after` instead."),
    ],
)
async def test_invalid_offsets_are_refused(app_with_dataset: AppFixture, arguments: str, message: str) -> None:
    response = await app_with_dataset.tenant.client()(f"{{ tasks({arguments}) {{ totalCount nodes {{ id }} }} }}")
    assert message in [error["message"] for error in response.body["errors"]]


async def test_offset_of_many_parents_is_limited(app_with_dataset: AppFixture) -> None:
    document = "query ($offset: Int!) { tasks(first: 40) { nodes { workers(offset: $offset) { nodes { id } } } } }"
    client = app_with_dataset.tenant.client()
    assert (await client(document, offset=1_000)).data["tasks"]["nodes"][0]["workers"]["nodes"] == []
    response = await client(document, offset=2_501)
    assert set(response.error_codes) == {"BAD_USER_INPUT"}
    message = "The `offset`s of all lists together skip more than 100,000 rows."
    assert message in response.body["errors"][0]["message"]
