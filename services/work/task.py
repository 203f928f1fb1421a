"""The workers of tasks."""

from uuid import UUID

from models import Task, TaskWorker, Worker
from services.core import records
from services.core.errors import Rejected, check_list_size, not_found
from services.core.unit_of_work import UnitOfWork

MAX_WORKERS = 100
"""How many workers one call may assign or unassign."""


async def assign_workers(work: UnitOfWork, id: UUID, worker_ids: list[UUID]) -> Task:
    """Assign workers to a task, in addition to those already assigned. The task is locked, so that concurrent calls add
    up. The workers are locked before it, in the same order as when a worker is deleted."""
    task = await _lock_task_and_workers(work, id, worker_ids)
    assigned = {link.worker_id for link in await records.list_links(work, TaskWorker, task_id=id)}
    new = [worker_id for worker_id in dict.fromkeys(worker_ids) if worker_id not in assigned]
    await records.insert_links(work, TaskWorker, [{"task_id": id, "worker_id": worker_id} for worker_id in new])
    return task


async def unassign_workers(work: UnitOfWork, id: UUID, worker_ids: list[UUID]) -> Task:
    """Remove workers from a task. Workers who are not assigned are ignored."""
    task = await _lock_task_and_workers(work, id, worker_ids)
    await records.delete_links(work, TaskWorker, task_id=[id], worker_id=worker_ids)
    return task


async def _lock_task_and_workers(work: UnitOfWork, id: UUID, worker_ids: list[UUID]) -> Task:
    """Lock the workers, then the task, and return it. Rejected if there are no or too many workers, or if one of them
    or the task does not exist."""
    check_list_size(worker_ids, MAX_WORKERS, "worker", "worker_ids")
    problems = await records.lock_all(work, Worker, worker_ids, "worker_ids")
    task: Task | None = await work.find_for_update(Task, id)
    if task is None:
        problems = [*not_found("task_id").problems, *problems]
    if problems:
        raise Rejected(*problems)
    assert task is not None  # noqa: S101 -- for mypy
    return task
