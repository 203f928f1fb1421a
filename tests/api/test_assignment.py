"""Putting workers on tasks and taking them off."""

import asyncio
from typing import Any

import pytest

from models import Project, Task, TaskWorker, Worker
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.scene import Scene, stored
from tests.support.world import World, gid

BOTH = pytest.mark.parametrize("mutation", ["assignWorkers", "unassignWorkers"])
DOCUMENTS = {"assignWorkers": documents.ASSIGN, "unassignWorkers": documents.UNASSIGN}


def names(answer: Answer, mutation: str) -> list[str]:
    """Who is on the task now, the newest first."""
    return [worker["name"] for worker in answer.payload(mutation)["task"]["workers"]["nodes"]]


async def test_assigned_workers_join_those_who_are_there(member: Client, scene: Scene) -> None:
    task, everybody = gid(scene.tasks[0]), scene.ids("Worker")
    answer = await member(documents.ASSIGN, taskId=task, workerIds=everybody)
    assert names(answer, "assignWorkers") == ["Worker 2", "Worker 1", "Worker 0"]
    assert (await member(documents.one("Task"), id=task)).data["task"] == answer.data["assignWorkers"]["task"]


async def test_unassigned_workers_leave_and_the_others_stay(member: Client, scene: Scene) -> None:
    task, (_, *leaving) = gid(scene.tasks[0]), scene.ids("Worker")
    answer = await member(documents.UNASSIGN, taskId=task, workerIds=leaving)
    assert names(answer, "unassignWorkers") == ["Worker 0"]
    others = (await member(documents.one("Task"), id=gid(scene.tasks[1]))).data["task"]["workers"]
    assert others["totalCount"] == 2


async def test_doing_it_again_changes_nothing(member: Client, scene: Scene) -> None:
    for mutation, document in DOCUMENTS.items():
        arguments = {"taskId": gid(scene.tasks[0]), "workerIds": scene.ids("Worker")}
        first, second = [await member(document, **arguments) for _ in range(2)]
        assert first.payload(mutation) == second.payload(mutation)


async def test_a_worker_named_several_times_is_on_the_task_once(member: Client, scene: Scene) -> None:
    arguments: dict[str, Any] = {"taskId": gid(scene.tasks[0]), "workerIds": [gid(scene.workers[2])] * 50}
    answer = await member(documents.ASSIGN, **arguments)
    assert answer.payload("assignWorkers")["task"]["workers"]["totalCount"] == 3
    answer = await member(documents.UNASSIGN, **arguments)
    assert answer.payload("unassignWorkers")["task"]["workers"]["totalCount"] == 2


async def test_the_assignee_stays_whoever_is_on_the_task(member: Client, scene: Scene) -> None:
    answer = await member(documents.UNASSIGN, taskId=gid(scene.tasks[0]), workerIds=scene.ids("Worker"))
    task = answer.payload("unassignWorkers")["task"]
    assert (task["workers"]["totalCount"], task["assignee"]["id"]) == (0, gid(scene.workers[0]))


async def test_links_are_no_part_of_the_versions_of_what_they_link(member: Client, scene: Scene) -> None:
    before = await stored(scene.plot, Task), await stored(scene.plot, Worker), await stored(scene.plot, Project)
    for document in DOCUMENTS.values():
        await member(document, taskId=gid(scene.tasks[0]), workerIds=scene.ids("Worker"))
    assert before == (
        await stored(scene.plot, Task),
        await stored(scene.plot, Worker),
        await stored(scene.plot, Project),
    )


@BOTH
async def test_one_to_a_hundred_workers_may_be_named(mutation: str, member: Client, scene: Scene) -> None:
    task = gid(scene.tasks[0])
    codes = {0: [("TOO_SHORT", ["workerIds"])], 100: [], 101: [("TOO_LONG", ["workerIds"])]}
    for number, expected in codes.items():
        answer = await member(DOCUMENTS[mutation], taskId=task, workerIds=[gid(scene.workers[2])] * number)
        assert answer.refusals(mutation) == expected


@BOTH
async def test_every_unknown_worker_is_named_and_nobody_else_is_moved(
    mutation: str, world: World, scene: Scene
) -> None:
    before = await stored(scene.plot, TaskWorker)
    stranger = await world.there.worker()
    ids = [gid(scene.workers[1]), gid(stranger), gid(scene.workers[2]), gid(scene.tasks[0]), "worker_", ""]
    answer = await world.here.client()(DOCUMENTS[mutation], taskId=gid(scene.tasks[0]), workerIds=ids)
    assert answer.data[mutation]["task"] is None
    assert answer.refusals(mutation) == [("NOT_FOUND", ["workerIds", place]) for place in ("1", "3", "4", "5")]
    assert await stored(scene.plot, TaskWorker) == before


@BOTH
async def test_an_unknown_task_is_not_found(mutation: str, world: World, scene: Scene) -> None:
    for task in (gid(await world.there.task()), gid(scene.workers[0]), "task_0", "\u2603"):
        answer = await world.here.client()(DOCUMENTS[mutation], taskId=task, workerIds=scene.ids("Worker"))
        assert answer.refusals(mutation) == [("NOT_FOUND", ["taskId"])]


async def test_two_who_assign_at_once_add_up(member: Client, scene: Scene) -> None:
    task = gid(scene.tasks[0])
    await member(documents.UNASSIGN, taskId=task, workerIds=scene.ids("Worker"))
    calls = [{"taskId": task, "workerIds": [id]} for id in scene.ids("Worker") * 5]
    answers = await asyncio.gather(*(member(documents.ASSIGN, **call) for call in calls))
    assert all(answer.payload("assignWorkers") for answer in answers)
    assert {
        row["worker_id"] for row in await stored(scene.plot, TaskWorker) if row["task_id"] == scene.tasks[0].id
    } == {worker.id for worker in scene.workers}
