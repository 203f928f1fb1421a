"""Concurrent writes: no update is lost or applied twice, and lock conflicts are not reported to clients."""

import random
from itertools import product
from typing import Any

import pytest

from models import Project, Task, TaskWorker, Team, Worker
from server.config.settings import Settings
from tests.api.concurrent_calls import Call, count_outcomes, send_concurrently
from tests.support import documents
from tests.support.app_fixture import AppFixture, TenantFixture, global_id
from tests.support.client import Client
from tests.support.sample_data import SampleData, fetch_table
from tests.support.settings import build_settings

REFERENCES: list[tuple[Any, str, Any]] = [
    (Worker, "team_id", Team),
    (Task, "project_id", Project),
    (Task, "assignee_id", Worker),
    (TaskWorker, "task_id", Task),
    (TaskWorker, "worker_id", Worker),
]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with twenty connections for concurrent requests."""
    return build_settings(database_url, db_pool_size=20)


def update_call(task: str, title: str, version: int | None = None) -> Call:
    variables = {"id": task, "input": {"title": title}, "expectedVersion": version}
    return "updateTask", documents.update("Task"), variables


def delete_call(type_name: str, id: str) -> Call:
    return f"delete{type_name}", documents.delete(type_name), {"id": id}


def assign_call(task: str, *workers: str) -> Call:
    return "assignWorkers", documents.ASSIGN_WORKERS, {"taskId": task, "workerIds": workers}


def unassign_call(task: str, *workers: str) -> Call:
    return "unassignWorkers", documents.UNASSIGN_WORKERS, {"taskId": task, "workerIds": workers}


def transfer_call(worker: str, team: str) -> Call:
    return "transferWorker", documents.TRANSFER_WORKER, {"workerId": worker, "toTeamId": team}


async def test_one_of_fifty_updates_with_same_expected_version_succeeds(
    member_client: Client, app_fixture: AppFixture
) -> None:
    task = global_id(await app_fixture.tenant.create(Task))
    named_responses = await send_concurrently(member_client, [update_call(task, f"Title {n}", 1) for n in range(50)])
    assert count_outcomes(named_responses) == {"OK": 1, "CONFLICT": 49}
    titles = {response.data["updateTask"]["task"]["title"] for _, response in named_responses}
    (row,) = await fetch_table(app_fixture.tenant, Task)
    assert ({row["title"]}, row["version"]) == (titles, 2)


async def test_fifty_updates_without_expected_version_all_succeed(
    member_client: Client, app_fixture: AppFixture
) -> None:
    task = global_id(await app_fixture.tenant.create(Task))
    named_responses = await send_concurrently(member_client, [update_call(task, f"Title {n}") for n in range(50)])
    assert count_outcomes(named_responses) == {"OK": 50}
    (row,) = await fetch_table(app_fixture.tenant, Task)
    assert row["version"] == 51


async def test_fifty_concurrent_creates_succeed(member_client: Client, sample_data: SampleData) -> None:
    references = {"projectId": sample_data.ids("Project")[1], "assigneeId": sample_data.ids("Worker")[1]}
    create = documents.create("Task")
    named_responses = await send_concurrently(
        member_client, [("createTask", create, {"input": {"title": f"{n}", **references}}) for n in range(50)]
    )
    ids = {response.payload("createTask")["task"]["id"] for _, response in named_responses}
    assert len(ids) == 50
    assert len(await fetch_table(sample_data.tenant, Task)) == 53


@pytest.mark.parametrize("type_name", ["Team", "Worker", "Project", "Task"])
async def test_one_of_many_concurrent_deletes_succeeds(
    type_name: str, member_client: Client, sample_data: SampleData
) -> None:
    named_responses = await send_concurrently(
        member_client, [delete_call(type_name, sample_data.ids(type_name)[0]) for _ in range(20)]
    )
    assert count_outcomes(named_responses) == {"OK": 1, "NOT_FOUND": 19}
    await assert_referential_integrity(sample_data.tenant)


async def test_concurrent_delete_of_referenced_objects_leaves_no_dangling_reference(
    member_client: Client, sample_data: SampleData
) -> None:
    """Later mutations report NOT_FOUND at the path of the reference, and no reference to a deleted row remains."""
    team, project, worker = sample_data.ids("Team")[1], sample_data.ids("Project")[1], sample_data.ids("Worker")[2]
    referencing_calls: list[Call] = []
    for n in range(10):
        references = {"projectId": project, "assigneeId": worker}
        referencing_calls.append(("createTask", documents.create("Task"), {"input": {"title": f"{n}", **references}}))
        referencing_calls.append(
            ("createWorker", documents.create("Worker"), {"input": {"name": f"{n}", "teamId": team}})
        )
        referencing_calls.append(assign_call(sample_data.ids("Task")[n % 3], worker))
        referencing_calls.append(transfer_call(sample_data.ids("Worker")[n % 2], team))
    deletions = [delete_call("Team", team), delete_call("Project", project), delete_call("Worker", worker)]
    named_responses = await send_concurrently(
        member_client, [*referencing_calls[:16], *deletions, *referencing_calls[16:]]
    )
    paths = {tuple(path) for mutation, response in named_responses for _, path in response.user_errors(mutation)}
    expected_paths = {
        ("input", "projectId"),
        ("input", "assigneeId"),
        ("input", "teamId"),
        ("workerIds", "0"),
        ("toTeamId",),
    }
    assert paths <= expected_paths
    assert count_outcomes(named_responses).keys() <= {"OK", "NOT_FOUND"}
    await assert_referential_integrity(sample_data.tenant)


@pytest.mark.parametrize("seed", range(2))
async def test_mixed_concurrent_writes_preserve_referential_integrity(
    seed: int, member_client: Client, sample_data: SampleData
) -> None:
    workers = [
        *sample_data.ids("Worker"),
        *[global_id(await sample_data.tenant.create(Worker, name=f"More {n}")) for n in range(3)],
    ]
    tasks, teams = sample_data.ids("Task"), sample_data.ids("Team")
    calls = [assign_call(task, worker, workers[0]) for task, worker in product(tasks, workers)]
    calls += [unassign_call(task, *workers[::-1]) for task in tasks for _ in range(3)]
    calls += [transfer_call(worker, team) for worker, team in product(workers, teams)]
    calls += [update_call(task, f"Title {n}") for task in tasks for n in range(3)]
    calls += [delete_call("Worker", worker) for worker in workers[::2]]
    calls += [
        delete_call("Team", teams[0]),
        delete_call("Task", tasks[0]),
        delete_call("Project", sample_data.ids("Project")[0]),
    ]
    random.Random(seed).shuffle(calls)  # noqa: S311
    named_responses = await send_concurrently(member_client, calls)
    assert count_outcomes(named_responses).keys() <= {"OK", "NOT_FOUND"}
    await assert_referential_integrity(sample_data.tenant)
    assert len(await fetch_table(sample_data.tenant, Worker)) == 3


async def test_concurrent_transfers_to_deleted_teams_leave_no_dangling_reference(
    member_client: Client, sample_data: SampleData
) -> None:
    workers, (remaining, *teams) = sample_data.ids("Worker"), sample_data.ids("Team")
    calls = [transfer_call(worker, team) for team in (*teams, remaining) for worker in workers for _ in range(3)]
    named_responses = await send_concurrently(
        member_client, [*calls[:14], *(delete_call("Team", team) for team in teams), *calls[14:]]
    )
    assert count_outcomes(named_responses).keys() <= {"OK", "NOT_FOUND"}
    assert {row["team_id"] for row in await fetch_table(sample_data.tenant, Worker)} <= {
        sample_data.rows["team"][0].id,
        None,
    }
    await assert_referential_integrity(sample_data.tenant)


async def assert_referential_integrity(tenant: TenantFixture) -> None:
    """Fail if a row references a row that does not exist."""
    ids = {model: {row["id"] for row in await fetch_table(tenant, model)} for model in (Team, Worker, Project, Task)}
    for model, column, target in REFERENCES:
        referenced = {row[column] for row in await fetch_table(tenant, model)} - {None}
        assert referenced <= ids[target], (model, column)
