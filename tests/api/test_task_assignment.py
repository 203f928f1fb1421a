"""Assigning workers to tasks, and unassigning them."""

import asyncio
from typing import Any

import pytest

from models import Project, Task, TaskWorker, Worker
from tests.support import documents
from tests.support.app_fixture import AppFixture, global_id
from tests.support.client import Client, GraphQLResponse
from tests.support.sample_data import SampleData, fetch_table

for_both_mutations = pytest.mark.parametrize("mutation", ["assignWorkers", "unassignWorkers"])
DOCUMENTS = {"assignWorkers": documents.ASSIGN_WORKERS, "unassignWorkers": documents.UNASSIGN_WORKERS}


def worker_names(response: GraphQLResponse, mutation: str) -> list[str]:
    """Return the names of the task's workers, newest first."""
    return [worker["name"] for worker in response.payload(mutation)["task"]["workers"]["nodes"]]


async def test_assign_adds_to_existing_workers(member_client: Client, sample_data: SampleData) -> None:
    task, all_worker_ids = sample_data.ids("Task")[0], sample_data.ids("Worker")
    response = await member_client(documents.ASSIGN_WORKERS, taskId=task, workerIds=all_worker_ids)
    assert worker_names(response, "assignWorkers") == ["Worker 2", "Worker 1", "Worker 0"]
    assert (await member_client(documents.by_id("Task"), id=task)).data["task"] == response.data["assignWorkers"][
        "task"
    ]


@pytest.mark.any_server
async def test_unassign_removes_only_given_workers(member_client: Client, sample_data: SampleData) -> None:
    task, (_, *removed_ids) = sample_data.ids("Task")[0], sample_data.ids("Worker")
    response = await member_client(documents.UNASSIGN_WORKERS, taskId=task, workerIds=removed_ids)
    assert worker_names(response, "unassignWorkers") == ["Worker 0"]
    others = (await member_client(documents.by_id("Task"), id=sample_data.ids("Task")[1])).data["task"]["workers"]
    assert others["totalCount"] == 2


async def test_repeated_assignment_changes_nothing(member_client: Client, sample_data: SampleData) -> None:
    for mutation, document in DOCUMENTS.items():
        arguments = {"taskId": sample_data.ids("Task")[0], "workerIds": sample_data.ids("Worker")}
        first, second = [await member_client(document, **arguments) for _ in range(2)]
        assert first.payload(mutation) == second.payload(mutation)


async def test_repeated_worker_id_is_assigned_once(member_client: Client, sample_data: SampleData) -> None:
    arguments: dict[str, Any] = {
        "taskId": sample_data.ids("Task")[0],
        "workerIds": [sample_data.ids("Worker")[2]] * 50,
    }
    response = await member_client(documents.ASSIGN_WORKERS, **arguments)
    assert response.payload("assignWorkers")["task"]["workers"]["totalCount"] == 3
    response = await member_client(documents.UNASSIGN_WORKERS, **arguments)
    assert response.payload("unassignWorkers")["task"]["workers"]["totalCount"] == 2


async def test_assignee_is_independent_of_assigned_workers(member_client: Client, sample_data: SampleData) -> None:
    response = await member_client(
        documents.UNASSIGN_WORKERS, taskId=sample_data.ids("Task")[0], workerIds=sample_data.ids("Worker")
    )
    task = response.payload("unassignWorkers")["task"]
    assert (task["workers"]["totalCount"], task["assignee"]["id"]) == (0, sample_data.ids("Worker")[0])


async def test_assignment_does_not_change_versions(member_client: Client, sample_data: SampleData) -> None:
    before = (
        await fetch_table(sample_data.tenant, Task),
        await fetch_table(sample_data.tenant, Worker),
        await fetch_table(sample_data.tenant, Project),
    )
    for document in DOCUMENTS.values():
        await member_client(document, taskId=sample_data.ids("Task")[0], workerIds=sample_data.ids("Worker"))
    assert before == (
        await fetch_table(sample_data.tenant, Task),
        await fetch_table(sample_data.tenant, Worker),
        await fetch_table(sample_data.tenant, Project),
    )


@for_both_mutations
async def test_one_to_hundred_workers_are_accepted(
    mutation: str, member_client: Client, sample_data: SampleData
) -> None:
    task = sample_data.ids("Task")[0]
    codes = {0: [("TOO_SHORT", ["workerIds"])], 100: [], 101: [("TOO_LONG", ["workerIds"])]}
    for number, expected in codes.items():
        response = await member_client(
            DOCUMENTS[mutation], taskId=task, workerIds=[sample_data.ids("Worker")[2]] * number
        )
        assert response.user_errors(mutation) == expected


@for_both_mutations
async def test_every_unknown_worker_is_reported_and_nothing_changes(
    mutation: str, app_fixture: AppFixture, sample_data: SampleData
) -> None:
    before = await fetch_table(sample_data.tenant, TaskWorker)
    foreign_worker = await app_fixture.other_tenant.create(Worker)
    ids = [
        sample_data.ids("Worker")[1],
        global_id(foreign_worker),
        sample_data.ids("Worker")[2],
        sample_data.ids("Task")[0],
        "worker_",
        "",
    ]
    response = await app_fixture.tenant.client()(DOCUMENTS[mutation], taskId=sample_data.ids("Task")[0], workerIds=ids)
    assert response.data[mutation]["task"] is None
    assert response.user_errors(mutation) == [("NOT_FOUND", ["workerIds", index]) for index in ("1", "3", "4", "5")]
    assert await fetch_table(sample_data.tenant, TaskWorker) == before


@for_both_mutations
async def test_unknown_task_is_not_found(mutation: str, app_fixture: AppFixture, sample_data: SampleData) -> None:
    for task in (
        global_id(await app_fixture.other_tenant.create(Task)),
        sample_data.ids("Worker")[0],
        "task_0",
        "\u2603",
    ):
        response = await app_fixture.tenant.client()(
            DOCUMENTS[mutation], taskId=task, workerIds=sample_data.ids("Worker")
        )
        assert response.user_errors(mutation) == [("NOT_FOUND", ["taskId"])]


async def test_concurrent_assignments_add_up(member_client: Client, sample_data: SampleData) -> None:
    task = sample_data.ids("Task")[0]
    await member_client(documents.UNASSIGN_WORKERS, taskId=task, workerIds=sample_data.ids("Worker"))
    calls = [{"taskId": task, "workerIds": [id]} for id in sample_data.ids("Worker") * 5]
    responses = await asyncio.gather(*(member_client(documents.ASSIGN_WORKERS, **call) for call in calls))
    assert all(response.payload("assignWorkers") for response in responses)
    assert {
        row["worker_id"]
        for row in await fetch_table(sample_data.tenant, TaskWorker)
        if row["task_id"] == sample_data.rows["task"][0].id
    } == {worker.id for worker in sample_data.rows["worker"]}
