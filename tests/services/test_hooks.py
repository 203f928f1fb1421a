"""Hooks around use cases: what they see, what they may do, and what is called after the commit."""

import logging
from typing import Any

import pytest
from sqlalchemy.orm.exc import StaleDataError

from models import Project, Task, Team, Worker
from services import project, task, worker
from services.changes import Kind
from services.errors import Refused
from services.unit_of_work import Hook, Proceed, UnitOfWork
from tests.services.doing import Failed, Watcher, creating, do, names, telling
from tests.support.scene import make_scene, stored
from tests.support.world import World


async def test_a_hook_sees_a_created_row_as_it_is_stored(world: World) -> None:
    watcher = Watcher()
    made: Team = await do(world.here, creating(), watcher)
    (change,) = watcher.changes
    (row,) = await stored(world.here, Team)
    assert (change.kind, change.table) == (Kind.CREATED, "team")
    assert change.key == {"tenant_id": world.here.tenant_id, "id": made.id}
    assert (change.before, change.after) == ({}, row)


async def test_a_hook_sees_what_an_update_changed_from_which_value_to_which(world: World) -> None:
    made = await world.here.task("Before", description="Same")
    values = {"title": "After", "description": "Same", "due_date": None}
    watcher = Watcher()
    changed: Task = await do(world.here, lambda work: task.update_task(work, made.id, values, None), watcher)
    (change,) = watcher.changes
    assert (change.kind, change.key["id"]) == (Kind.UPDATED, made.id)
    before, after = ({k: v for k, v in values.items() if k != "version"} for values in (change.before, change.after))
    assert before == {"title": "Before", "updated_at": made.updated_at}
    assert after == {"title": "After", "updated_at": changed.updated_at}


async def test_a_hook_sees_nothing_where_nothing_changed(world: World) -> None:
    made = await world.here.task("Same")
    watcher = Watcher()
    await do(world.here, lambda work: task.update_task(work, made.id, {"title": "Same"}, None), watcher)
    assert watcher.changes == []


async def test_a_hook_sees_a_deleted_row_and_every_row_that_changed_with_it(world: World) -> None:
    scene = await make_scene(world.here)
    gone = scene.workers[0]
    rows = {row["id"]: row for row in await stored(world.here, Worker)}
    watcher = Watcher()
    await do(world.here, lambda work: worker.delete_worker(work, gone.id, None), watcher)
    assert watcher.kinds == [
        *[(Kind.UPDATED, "task")] * 3,
        *[(Kind.DELETED, "task_worker")] * 3,
        (Kind.DELETED, "worker"),
    ]
    released = {change.key["id"]: (change.before, change.after) for change in watcher.changes[:3]}
    assert released == {each.id: ({"assignee_id": gone.id}, {"assignee_id": None}) for each in scene.tasks}
    links = [change.before for change in watcher.changes[3:6]]
    ends = {"tenant_id": world.here.tenant_id, "worker_id": gone.id}
    assert sorted(links, key=str) == sorted(({"task_id": each.id} | ends for each in scene.tasks), key=str)
    assert (watcher.changes[-1].before, watcher.changes[-1].after) == (rows[gone.id], {})


async def test_a_hook_sees_links_that_come_and_go(world: World) -> None:
    scene = await make_scene(world.here)
    watcher = Watcher()
    everybody = [each.id for each in scene.workers]
    for use_case, kinds in (
        (task.assign_workers, [(Kind.CREATED, "task_worker")]),
        (task.assign_workers, []),
        (task.unassign_workers, [(Kind.DELETED, "task_worker")] * 3),
        (task.unassign_workers, []),
    ):
        await do(world.here, lambda work, use_case=use_case: use_case(work, scene.tasks[0].id, everybody), watcher)  # type: ignore[misc]
        assert watcher.kinds == kinds


async def test_a_hook_writes_in_the_same_transaction(world: World) -> None:
    async def shadow(work: UnitOfWork, proceed: Proceed) -> Any:
        done = await proceed()
        await project.create_project(work, {"name": f"For {done.name}"})
        return done

    await do(world.here, creating(), shadow)
    assert [row["name"] for row in await stored(world.here, Project)] == ["For Diggers"]
    with pytest.raises(Refused):
        await do(world.here, creating("Others"), shadow, shadow)
    assert await names(world.here) == ["Diggers"]
    assert [row["name"] for row in await stored(world.here, Project)] == ["For Diggers"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_hook_that_fails_takes_everything_back(when: str, world: World) -> None:
    async def fail(work: UnitOfWork, proceed: Proceed) -> Any:
        if when == "after":
            await proceed()
            await project.create_project(work, {"name": "Project"})
        raise Failed

    told: list[str] = []
    with pytest.raises(Failed):
        await do(world.here, creating(), telling(told, "outer"), fail, telling(told, "inner"))
    assert (await names(world.here), await stored(world.here, Project), told) == ([], [], [])
    await do(world.here, creating())
    assert await names(world.here) == ["Diggers"]


async def test_hooks_stand_around_each_other_in_their_order(world: World) -> None:
    seen: list[str] = []

    def standing(name: str) -> Hook:
        async def hook(work: UnitOfWork, proceed: Proceed) -> Any:
            seen.append(f"{name} before {len(work.changes)}")
            done = await proceed()
            seen.append(f"{name} after {len(work.changes)}")
            return done

        return hook

    await do(world.here, creating(), standing("first"), standing("second"), standing("third"))
    befores, afters = ["first before 0", "second before 0", "third before 0"], ["third after 1", "second after 1"]
    assert seen == [*befores, *afters, "first after 1"]


async def test_what_a_use_case_left_unflushed_is_flushed_before_its_hooks_look(world: World) -> None:
    watcher = Watcher()

    async def rename(work: UnitOfWork) -> Any:
        found = await work.get(Team, made.id, "id")
        found.name = "Renamed"
        return found

    made: Team = await do(world.here, creating())
    await do(world.here, rename, watcher)
    assert watcher.kinds == [(Kind.UPDATED, "team")]
    assert await names(world.here) == ["Renamed"]


async def test_a_hook_may_answer_instead_of_the_use_case(world: World) -> None:
    async def answer(work: UnitOfWork, proceed: Proceed) -> Any:
        await project.create_project(work, {"name": "Instead"})
        return "Instead"

    assert await do(world.here, creating(), answer, Watcher()) == "Instead"
    assert await names(world.here) == []
    assert [row["name"] for row in await stored(world.here, Project)] == ["Instead"]


async def test_a_hook_may_change_the_answer_and_turn_a_refusal_into_one(world: World) -> None:
    async def forgive(work: UnitOfWork, proceed: Proceed) -> Any:
        try:
            return (await proceed()).name
        except Refused as refused:
            return refused.problems[0].code

    assert await do(world.here, creating(), forgive) == "Diggers"
    assert await do(world.here, creating(" "), forgive) == "TOO_SHORT"


# After the commit


async def test_callbacks_are_called_once_everybody_can_see_what_was_done(world: World) -> None:
    seen: list[list[str]] = []

    async def look(work: UnitOfWork, proceed: Proceed) -> Any:
        async def tell() -> None:
            seen.append(await names(world.here))

        work.after_commit += [tell, tell]
        return await proceed()

    await do(world.here, creating(), look)
    assert seen == [["Diggers"], ["Diggers"]]


async def test_callbacks_are_not_called_when_nothing_was_committed(world: World) -> None:
    told: list[str] = []
    with pytest.raises(Refused):
        await do(world.here, creating(" "), telling(told, "refused"))
    with pytest.raises(Failed):
        await do(world.here, _failing, telling(told, "failed"))
    assert told == []


async def _failing(_work: UnitOfWork) -> Any:
    raise Failed


async def test_a_callback_that_fails_is_logged_and_neither_repeats_nor_denies_what_was_done(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    async def fail(work: UnitOfWork, proceed: Proceed) -> Any:
        work.after_commit.append(_lose)
        return await proceed()

    with caplog.at_level(logging.ERROR, "allotment"):
        assert (await do(world.here, creating(), fail, telling(told, "the next"))).name == "Diggers"
    assert (told, await names(world.here)) == (["the next"], ["Diggers"])
    assert [record.exc_info is not None for record in caplog.records] == [True]


async def _lose() -> None:
    raise StaleDataError  # which, before the commit, would have been a reason to do it all again
