"""Workers."""

from typing import Any
from uuid import UUID

from models import Task, TaskWorker, Team, Worker
from services.core import records
from services.core.unit_of_work import UnitOfWork


async def create_worker(work: UnitOfWork, values: dict[str, Any]) -> Worker:
    worker: Worker = await records.create(work, Worker, values)
    return worker


async def update_worker(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Worker:
    worker: Worker = await records.update(work, Worker, id, values, expected_version)
    return worker


async def transfer_worker(work: UnitOfWork, id: UUID, to_team_id: UUID, expected_version: int | None) -> Worker:
    """Move the worker to another team. The team is locked before the worker, in the same order as when a team is
    deleted, so that the two cannot deadlock."""
    team = await work.get_for_update(Team, to_team_id, "to_team_id")
    worker: Worker = await work.get_for_update(Worker, id, "worker_id")
    records.check_version(worker, expected_version)
    worker.team_id = team.id
    await work.flush()
    return worker


async def delete_worker(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Delete the worker, the tasks' references to it and its links to tasks; the tasks are not deleted."""
    worker = await records.get_for_delete(work, Worker, id, expected_version)
    await records.clear_references(work, Task, "assignee_id", id)
    await records.delete_links(work, TaskWorker, worker_id=[id])
    await work.delete(worker)
    return id
