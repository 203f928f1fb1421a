"""A little of everything in one tenant, and a look at what its tables hold, for tests that need no more than that."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models import Project, Task, Team, Worker
from models.relations import table_of
from queries.scope import visible
from services import project, task, team, worker
from services.unit_of_work import UnitOfWork
from tests.support.world import Plot, gid

SIZE = 3


@dataclass(frozen=True)
class Scene:
    """Three of each noun. All workers are in the first team, and the first two of them on every task; the first worker
    answers for all tasks, which are in the first project."""

    plot: Plot
    teams: list[Team]
    workers: list[Worker]
    projects: list[Project]
    tasks: list[Task]

    def ids(self, noun: str) -> list[str]:
        """The ids of a noun's objects, as clients see them."""
        found: list[Any] = getattr(self, f"{noun.lower()}s")
        return [gid(row) for row in found]


async def make_scene(plot: Plot) -> Scene:
    """Three of each noun in this tenant."""

    async def make(work: UnitOfWork) -> Scene:
        names = range(SIZE)
        teams = [await team.create_team(work, {"name": f"Team {n}"}) for n in names]
        workers = [await worker.create_worker(work, {"name": f"Worker {n}", "team_id": teams[0].id}) for n in names]
        projects = [await project.create_project(work, {"name": f"Project {n}"}) for n in names]
        more = {"project_id": projects[0].id, "assignee_id": workers[0].id}
        tasks = [await task.create_task(work, {"title": f"Task {n}", **more}) for n in names]
        for each in tasks:
            await task.assign_workers(work, each.id, [one.id for one in workers[:2]])
        return Scene(plot, teams, workers, projects, tasks)

    made: Scene = await plot.make(make)
    return made


async def stored(plot: Plot, model: Any) -> list[dict[str, Any]]:
    """The tenant's rows of a table, as they are in the database, in no order."""
    table = table_of(model)
    rows = await plot.make(lambda work: work.rows(select(*table.c).where(visible(table))))
    return [dict(row._mapping) for row in rows]
