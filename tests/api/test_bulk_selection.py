"""Which objects a bulk mutation updates or deletes: the ids, or a filter with a stated maximum."""

import asyncio
from typing import Any

import pytest

from models import Task
from models.ids import public_id
from tests.support import bulk_documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import fetch_table

BULK_UPDATE_TASKS = bulk_documents.bulk_update("Task")
BULK_DELETE_TASKS = bulk_documents.bulk_delete("Task")
DONE = {"status": "DONE"}
ALL = {"createdAt": {"gte": "2000-01-01T00:00:00Z"}}
IS_TODO = {"status": {"eq": "TODO"}}


async def create_tasks(app_fixture: AppFixture, count: int) -> list[str]:
    """Create tasks with the status TODO, and one with the status DONE; return the ids of the former."""
    await app_fixture.tenant.create(Task, status="DONE")
    await app_fixture.other_tenant.create(Task, status="TODO")
    return [global_id(await app_fixture.tenant.create(Task, status="TODO")) for _ in range(count)]


async def todo_ids(app_fixture: AppFixture) -> list[str]:
    """Return the ids of the tasks with the status TODO."""
    rows = await fetch_table(app_fixture.tenant, Task)
    return sorted(public_id("task", row["id"]) for row in rows if row["status"] == "TODO")


async def test_filter_selects_the_matching_objects_of_the_tenant(
    member_client: Client, app_fixture: AppFixture
) -> None:
    ids = await create_tasks(app_fixture, 3)
    payload = (await member_client(BULK_UPDATE_TASKS, where=IS_TODO, maximum=3, input=DONE)).payload("bulkUpdateTasks")
    assert [row["task"]["id"] for row in payload["results"]] == ids
    assert await todo_ids(app_fixture) == []
    payload = (await member_client(BULK_UPDATE_TASKS, where=IS_TODO, maximum=3, input=DONE)).payload("bulkUpdateTasks")
    assert (payload["results"], payload["succeeded"], payload["failed"]) == ([], 0, 0)
    payload = (await member_client(BULK_DELETE_TASKS, where=ALL, maximum=4)).payload("bulkDeleteTasks")
    assert (payload["succeeded"], await fetch_table(app_fixture.tenant, Task)) == (4, [])
    assert len(await fetch_table(app_fixture.other_tenant, Task)) == 1


@pytest.mark.parametrize("policy", ["REJECT_ALL", "SKIP_FAILED"])
async def test_nothing_is_written_if_more_objects_match_than_the_maximum(
    policy: str, member_client: Client, app_fixture: AppFixture
) -> None:
    ids = await create_tasks(app_fixture, 4)
    for document, name, values in (
        (BULK_UPDATE_TASKS, "bulkUpdateTasks", {"input": DONE}),
        (BULK_DELETE_TASKS, "bulkDeleteTasks", {}),
    ):
        response = await member_client(document, where=IS_TODO, maximum=2, errorPolicy=policy, **values)
        assert response.user_errors(name) == [("OUT_OF_RANGE", ["maximum"])]
        assert response.data[name]["userErrors"][0]["message"].startswith("4 objects match")
    assert await todo_ids(app_fixture) == ids


CONTRADICTORY_ARGUMENTS: list[dict[str, Any]] = [
    {"input": DONE},
    {"ids": ["task_1"], "where": IS_TODO, "maximum": 1, "input": DONE},
    {"ids": ["task_1"], "updates": [], "input": DONE},
    {"ids": ["task_1"]},
    {"ids": ["task_1"], "maximum": 1, "input": DONE},
    {"where": IS_TODO, "input": DONE},
    {"where": IS_TODO, "maximum": 0, "input": DONE},
    {"where": IS_TODO, "maximum": 1001, "input": DONE},
    {"where": {"status": None}, "maximum": 1, "input": DONE},
    {"updates": [{"id": "task_1", "input": DONE}], "input": DONE},
]


async def test_contradictory_arguments_are_refused(
    subtests: pytest.Subtests, member_client: Client, app_fixture: AppFixture
) -> None:
    ids = await create_tasks(app_fixture, 1)
    for arguments in CONTRADICTORY_ARGUMENTS:
        with subtests.test(arguments=arguments):
            assert (await member_client(BULK_UPDATE_TASKS, **arguments)).error_codes == ["BAD_USER_INPUT"]
            assert await todo_ids(app_fixture) == ids


async def test_empty_lists_are_rejected(member_client: Client) -> None:
    for name, arguments in (("ids", {"ids": [], "input": DONE}), ("updates", {"updates": []})):
        response = await member_client(BULK_UPDATE_TASKS, **arguments)
        assert response.user_errors("bulkUpdateTasks") == [("TOO_SHORT", [name])]


@pytest.mark.any_server
async def test_concurrent_updates_of_the_same_objects_all_take_effect(
    member_client: Client, app_fixture: AppFixture
) -> None:
    ids = await create_tasks(app_fixture, 20)
    await member_client.lease_cost_points()
    responses = await asyncio.gather(
        *(
            member_client(BULK_UPDATE_TASKS, ids=ids[start:] + ids[:start], input={"title": f"Title {start}"})
            for start in range(0, 20, 4)
        )
    )
    assert [response.payload("bulkUpdateTasks")["succeeded"] for response in responses] == [20] * 5
    rows = [row for row in await fetch_table(app_fixture.tenant, Task) if row["status"] == "TODO"]
    assert {row["version"] for row in rows} == {6}
    assert len({row["title"] for row in rows}) == 1


async def test_concurrent_deletions_delete_each_object_once(member_client: Client, app_fixture: AppFixture) -> None:
    ids = await create_tasks(app_fixture, 20)
    responses = await asyncio.gather(
        *(
            member_client(BULK_DELETE_TASKS, ids=ids[start:] + ids[:start], errorPolicy="SKIP_FAILED")
            for start in range(0, 20, 4)
        )
    )
    succeeded = [response.payload("bulkDeleteTasks")["succeeded"] for response in responses]
    assert sorted(succeeded) == [0, 0, 0, 0, 20]
    assert await todo_ids(app_fixture) == []
