"""Many who write at once: nothing is lost, nothing is done twice, and nobody is told of locks."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest

from models import Project, Task, TaskWorker, Team, Worker
from server.settings import Settings, load_settings
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.scene import Scene, stored
from tests.support.stage import SECRET
from tests.support.world import Plot, World, gid

PATIENCE = 60
"""Seconds after which something hangs for good."""

Call = tuple[str, str, dict[str, Any]]
"""A mutation, its document and its variables."""

POINTERS: list[tuple[Any, str, Any]] = [
    (Worker, "team_id", Team),
    (Task, "project_id", Project),
    (Task, "assignee_id", Worker),
    (TaskWorker, "task_id", Task),
    (TaskWorker, "worker_id", Worker),
]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Enough connections for real crowds."""
    return load_settings(
        None, environment="test", database_url=database_url, secret_key=SECRET, bcrypt_rounds=4, db_pool_size=20
    )


async def crowd(member: Client, calls: Iterable[Call]) -> list[tuple[str, Answer]]:
    """What came of all of these at once."""
    asked = list(calls)
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*(member(document, **variables) for _, document, variables in asked))
    return [(mutation, answer) for (mutation, *_), answer in zip(asked, answers, strict=True)]


def outcomes(answered: list[tuple[str, Answer]]) -> Counter[str]:
    """How often each code came; OK where nothing was wrong."""
    codes = [[code for code, _ in answer.refusals(mutation)] or ["OK"] for mutation, answer in answered]
    return Counter(each[0] for each in codes)


def updating(task: str, title: str, version: int | None = None) -> Call:
    variables = {"id": task, "input": {"title": title}, "expectedVersion": version}
    return "updateTask", documents.update("Task"), variables


def deleting(noun: str, id: str) -> Call:
    return f"delete{noun}", documents.delete(noun), {"id": id}


def assigning(task: str, *workers: str) -> Call:
    return "assignWorkers", documents.ASSIGN, {"taskId": task, "workerIds": workers}


def unassigning(task: str, *workers: str) -> Call:
    return "unassignWorkers", documents.UNASSIGN, {"taskId": task, "workerIds": workers}


def transferring(worker: str, team: str) -> Call:
    return "transferWorker", documents.TRANSFER, {"workerId": worker, "toTeamId": team}


async def test_of_fifty_who_saw_the_same_version_one_wins(member: Client, world: World) -> None:
    task = gid(await world.here.task())
    answered = await crowd(member, [updating(task, f"Title {n}", 1) for n in range(50)])
    assert outcomes(answered) == {"OK": 1, "CONFLICT": 49}
    titles = {answer.data["updateTask"]["task"]["title"] for _, answer in answered}
    (row,) = await stored(world.here, Task)
    assert ({row["title"]}, row["version"]) == (titles, 2)


async def test_fifty_who_saw_no_version_all_have_their_turn(member: Client, world: World) -> None:
    task = gid(await world.here.task())
    answered = await crowd(member, [updating(task, f"Title {n}") for n in range(50)])
    assert outcomes(answered) == {"OK": 50}
    (row,) = await stored(world.here, Task)
    assert row["version"] == 51


async def test_fifty_create_at_once(member: Client, scene: Scene) -> None:
    work = {"projectId": gid(scene.projects[1]), "assigneeId": gid(scene.workers[1])}
    create = documents.create("Task")
    answered = await crowd(member, [("createTask", create, {"input": {"title": f"{n}", **work}}) for n in range(50)])
    ids = {answer.payload("createTask")["task"]["id"] for _, answer in answered}
    assert len(ids) == 50
    assert len(await stored(scene.plot, Task)) == 53


@pytest.mark.parametrize("noun", ["Team", "Worker", "Project", "Task"])
async def test_of_many_who_delete_the_same_one_does(noun: str, member: Client, scene: Scene) -> None:
    answered = await crowd(member, [deleting(noun, scene.ids(noun)[0]) for _ in range(20)])
    assert outcomes(answered) == {"OK": 1, "NOT_FOUND": 19}
    await assert_whole(scene.plot)


async def test_one_who_deletes_what_others_point_at(member: Client, scene: Scene) -> None:
    """Whoever comes too late is told that it is not there, at the right path; nothing points at what is gone."""
    team, project, worker = scene.ids("Team")[1], scene.ids("Project")[1], scene.ids("Worker")[2]
    pointing: list[Call] = []
    for n in range(10):
        work = {"projectId": project, "assigneeId": worker}
        pointing.append(("createTask", documents.create("Task"), {"input": {"title": f"{n}", **work}}))
        pointing.append(("createWorker", documents.create("Worker"), {"input": {"name": f"{n}", "teamId": team}}))
        pointing.append(assigning(scene.ids("Task")[n % 3], worker))
        pointing.append(transferring(scene.ids("Worker")[n % 2], team))
    deletions = [deleting("Team", team), deleting("Project", project), deleting("Worker", worker)]
    answered = await crowd(member, [*pointing[:16], *deletions, *pointing[16:]])
    paths = {tuple(path) for mutation, answer in answered for _, path in answer.refusals(mutation)}
    known = {("input", "projectId"), ("input", "assigneeId"), ("input", "teamId"), ("workerIds", "0"), ("toTeamId",)}
    assert paths <= known
    assert outcomes(answered).keys() <= {"OK", "NOT_FOUND"}
    await assert_whole(scene.plot)


@pytest.mark.parametrize("seed", range(2))
async def test_a_crowd_of_all_sorts_leaves_everything_whole(seed: int, member: Client, scene: Scene) -> None:
    workers = [*scene.ids("Worker"), *[gid(await scene.plot.worker(f"More {n}")) for n in range(3)]]
    tasks, teams = scene.ids("Task"), scene.ids("Team")
    calls = [assigning(task, worker, workers[0]) for task, worker in product(tasks, workers)]
    calls += [unassigning(task, *workers[::-1]) for task in tasks for _ in range(3)]
    calls += [transferring(worker, team) for worker, team in product(workers, teams)]
    calls += [updating(task, f"Title {n}") for task in tasks for n in range(3)]
    calls += [deleting("Worker", worker) for worker in workers[::2]]
    calls += [deleting("Team", teams[0]), deleting("Task", tasks[0]), deleting("Project", scene.ids("Project")[0])]
    random.Random(seed).shuffle(calls)  # noqa: S311
    answered = await crowd(member, calls)
    assert outcomes(answered).keys() <= {"OK", "NOT_FOUND"}
    await assert_whole(scene.plot)
    assert len(await stored(scene.plot, Worker)) == 3


async def test_transfers_between_teams_that_are_being_deleted(member: Client, scene: Scene) -> None:
    workers, (kept, *teams) = scene.ids("Worker"), scene.ids("Team")
    calls = [transferring(worker, team) for team in (*teams, kept) for worker in workers for _ in range(3)]
    answered = await crowd(member, [*calls[:14], *(deleting("Team", team) for team in teams), *calls[14:]])
    assert outcomes(answered).keys() <= {"OK", "NOT_FOUND"}
    assert {row["team_id"] for row in await stored(scene.plot, Worker)} <= {scene.teams[0].id, None}
    await assert_whole(scene.plot)


async def assert_whole(plot: Plot) -> None:
    """Fails when something points at what is not there."""
    ids = {model: {row["id"] for row in await stored(plot, model)} for model in (Team, Worker, Project, Task)}
    for model, column, target in POINTERS:
        pointed = {row[column] for row in await stored(plot, model)} - {None}
        assert pointed <= ids[target], (model, column)
