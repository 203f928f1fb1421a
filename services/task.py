"""Tasks, and the workers on them."""

from typing import Any
from uuid import UUID

from models import Task, TaskWorker, Worker
from services import records
from services.errors import Code, Problem, Refused
from services.unit_of_work import UnitOfWork

MOST_WORKERS = 100
"""How many workers one call may assign or unassign."""


async def create_task(work: UnitOfWork, values: dict[str, Any]) -> Task:
    task: Task = await records.create(work, Task, values)
    return task


async def update_task(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Task:
    task: Task = await records.update(work, Task, id, values, expected_version)
    return task


async def delete_task(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """The links to its workers go with it; the workers stay."""
    task = await records.doomed(work, Task, id, expected_version)
    await records.unlink(work, TaskWorker, task_id=[id])
    await work.delete(task)
    return id


async def assign_workers(work: UnitOfWork, id: UUID, worker_ids: list[UUID]) -> Task:
    """Put workers on a task; those who are on it already stay. The task is locked, so two at once add up; the workers
    before it, in the order in which deleting one locks."""
    _check_number(worker_ids)
    await records.require_all(work, Worker, worker_ids, "worker_ids")
    task: Task = await work.get(Task, id, "task_id")
    there = {link.worker_id for link in await records.links(work, TaskWorker, task_id=id)}
    new = [worker_id for worker_id in dict.fromkeys(worker_ids) if worker_id not in there]
    await records.link(work, TaskWorker, [{"task_id": id, "worker_id": worker_id} for worker_id in new])
    return task


async def unassign_workers(work: UnitOfWork, id: UUID, worker_ids: list[UUID]) -> Task:
    """Take workers off a task; those who are not on it are none the wiser."""
    _check_number(worker_ids)
    await records.require_all(work, Worker, worker_ids, "worker_ids")
    task: Task = await work.get(Task, id, "task_id")
    await records.unlink(work, TaskWorker, task_id=[id], worker_id=worker_ids)
    return task


def _check_number(worker_ids: list[UUID]) -> None:
    if not worker_ids:
        raise Refused(Problem(Code.TOO_SHORT, ("worker_ids",), "Name at least one worker."))
    if len(worker_ids) > MOST_WORKERS:
        raise Refused(Problem(Code.TOO_LONG, ("worker_ids",), f"Name at most {MOST_WORKERS} workers at once."))
