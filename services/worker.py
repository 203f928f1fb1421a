"""Workers."""

from typing import Any
from uuid import UUID

from models import Task, TaskWorker, Team, Worker
from services import records
from services.unit_of_work import UnitOfWork


async def create_worker(work: UnitOfWork, values: dict[str, Any]) -> Worker:
    worker: Worker = await records.create(work, Worker, values)
    return worker


async def update_worker(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Worker:
    worker: Worker = await records.update(work, Worker, id, values, expected_version)
    return worker


async def transfer_worker(work: UnitOfWork, id: UUID, to_team_id: UUID, expected_version: int | None) -> Worker:
    """Out of one team and into the other at once; both are locked, so neither can vanish meanwhile, and in the order in
    which deleting a team locks."""
    team = await work.get(Team, to_team_id, "to_team_id")
    worker: Worker = await work.get(Worker, id, "worker_id")
    records.expect(worker, expected_version)
    worker.team_id = team.id
    await work.flush()
    return worker


async def delete_worker(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Their tasks stay, without them as assignee or among the workers."""
    worker = await records.doomed(work, Worker, id, expected_version)
    await records.release(work, Task, "assignee_id", id)
    await records.unlink(work, TaskWorker, worker_id=[id])
    await work.delete(worker)
    return id
