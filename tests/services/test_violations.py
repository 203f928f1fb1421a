"""Constraints that the database upholds come back as the user errors they mean, or as faults of ours."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from models import Project, Task, TaskWorker, Team, Tenant, User, Worker
from models.ids import new_id
from services.errors import Refused
from services.unit_of_work import UnitOfWork
from tests.support.world import World

Row = tuple[Any, dict[str, Any]]
"""A model, and the values of a row of it."""

SAME = new_id()
TAKEN: dict[str, Row] = {
    "input.email": (User, {"email": "member@here.test", "full_name": "Ada"}),
    "input.slug": (Tenant, {"name": "Here", "slug": "here"}),
    "input.name": (Team, {"name": "Team"}),
}
DANGLING: dict[str, Row] = {
    "input.team_id": (Worker, {"name": "Ada", "team_id": new_id()}),
    "input.project_id": (Task, {"title": "Dig", "project_id": new_id()}),
    "input.assignee_id": (Task, {"title": "Dig", "assignee_id": new_id()}),
}
FAULTS: dict[str, Row] = {
    "a missing value": (Project, {"name": None}),
    "a key that is there": (Team, {"name": "Other", "id": SAME}),
}


async def insert(world: World, model: Any, values: dict[str, Any]) -> None:
    """Insert a row that no service has looked at."""
    await world.here.make(lambda work: work.add(model(**values)))


async def refusal(world: World, row: Row) -> list[tuple[str, str]]:
    """Code and path of what is wrong with inserting this."""
    with pytest.raises(Refused) as caught:
        await insert(world, *row)
    return [(problem.code, ".".join(problem.field)) for problem in caught.value.problems]


async def test_a_unique_value_that_is_there_is_taken(world: World) -> None:
    await world.here.team()
    for field, row in TAKEN.items():
        assert await refusal(world, row) == [("TAKEN", field)]


@pytest.mark.only("postgresql")
async def test_what_a_foreign_key_does_not_find_is_not_found(world: World) -> None:
    """SQLite does not say which one it was. There nobody else writes between a service's own check and its write."""
    for field, row in DANGLING.items():
        assert await refusal(world, row) == [("NOT_FOUND", field)]


async def test_a_row_cannot_point_into_another_tenant_even_when_nobody_checks(world: World) -> None:
    theirs = await world.there.team()
    with pytest.raises((Refused, IntegrityError)):
        await insert(world, Worker, {"name": "Ada", "team_id": theirs.id})


@pytest.mark.parametrize("name", FAULTS)
async def test_other_violations_are_faults_of_ours(name: str, world: World) -> None:
    await insert(world, Team, {"name": "Team", "id": SAME})
    with pytest.raises(IntegrityError):
        await insert(world, *FAULTS[name])


async def test_what_is_pointed_at_cannot_be_deleted_even_when_nobody_checks(world: World) -> None:
    made = await world.here.team()
    await world.here.worker(team_id=made.id)

    async def delete(work: UnitOfWork) -> None:
        await work.delete(await work.get(Team, made.id, "id"))

    with pytest.raises((Refused, IntegrityError)):
        await world.here.make(delete)


async def test_a_task_and_a_worker_are_linked_once(world: World) -> None:
    worker = await world.here.worker()
    task = await world.here.task(workers=(worker,))
    with pytest.raises(IntegrityError):
        await insert(world, TaskWorker, {"task_id": task.id, "worker_id": worker.id})
