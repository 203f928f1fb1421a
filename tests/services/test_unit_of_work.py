"""The unit of work: all or nothing, for one caller, and never interrupted."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models import TaskWorker, Team, Worker
from models.ids import new_id
from queries.caller import Caller
from services import team, worker
from services.changes import Kind
from services.unit_of_work import UnitOfWork, perform
from tests.harness.statements import StatementCounter
from tests.services.doing import Failed, Watcher, do, names
from tests.support.scene import make_scene, stored
from tests.support.world import World


async def test_a_failed_use_case_leaves_no_trace(world: World) -> None:
    async def fail(work: UnitOfWork) -> Any:
        await team.create_team(work, {"name": "Diggers"})
        await worker.create_worker(work, {"name": "Ada"})
        raise Failed

    with pytest.raises(Failed):
        await do(world.here, fail)
    assert (await names(world.here), await stored(world.here, Worker)) == ([], [])


async def test_a_caller_who_hangs_up_gets_it_done_whole(world: World) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(work: UnitOfWork) -> Any:
        await team.create_team(work, {"name": "Diggers"})
        begun.set()
        await may_end.wait()
        await team.create_team(work, {"name": "Others"})

    doing = asyncio.create_task(do(world.here, slow))
    await begun.wait()
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    may_end.set()
    for _ in range(1000):
        if await names(world.here):
            break
        await asyncio.sleep(0.01)
    assert await names(world.here) == ["Diggers", "Others"]


async def test_rows_that_are_not_the_callers_cannot_be_found_or_changed(world: World) -> None:
    made = await world.there.team("Theirs")
    assert await do(world.here, lambda work: work.find(Team, made.id)) is None
    await do(world.here, lambda work: work.change_all(Team, Team.id == made.id, {}, name="Ours"))  # type: ignore[arg-type]
    await do(world.here, lambda work: work.delete_all(Team, Team.id == made.id))  # type: ignore[arg-type]
    (row,) = await stored(world.there, Team)
    assert (row["name"], row["version"]) == ("Theirs", 1)


async def test_new_rows_become_the_current_tenants_whatever_they_say(world: World) -> None:
    stranger = Team(tenant_id=world.there.tenant_id, name="Stray")
    await do(world.here, lambda work: work.add(stranger))
    assert (await names(world.here), await names(world.there)) == (["Stray"], [])


async def test_a_link_that_somebody_else_deleted_is_no_matter(world: World) -> None:
    scene = await make_scene(world.here)
    watcher = Watcher()

    async def twice(work: UnitOfWork) -> Any:
        for _ in range(2):
            await work.delete_all(TaskWorker, TaskWorker.task_id == scene.tasks[0].id)  # type: ignore[arg-type]

    await do(world.here, twice, watcher)
    assert watcher.kinds == [(Kind.DELETED, "task_worker")] * 2


async def test_a_unit_begins_with_the_callers_check_and_nobody_needs_none(
    world: World, statements: StatementCounter
) -> None:
    with statements:
        await do(world.here, lambda work: work.find(Team, new_id()))
    assert statements.count == 2
    with statements:
        await perform(world.database.writing, Caller(), _nothing)
    assert statements.count == 0


async def _nothing(_work: UnitOfWork) -> None:
    return None


async def test_after_a_failed_statement_nothing_of_the_unit_is_kept(world: World) -> None:
    async def carry_on(work: UnitOfWork) -> Any:
        await team.create_team(work, {"name": "Diggers"})
        try:
            await work.rows(text("SELECT nonsense FROM nowhere"))
        except DBAPIError:
            raise Failed from None

    with pytest.raises(Failed):
        await do(world.here, carry_on)
    assert await names(world.here) == []
