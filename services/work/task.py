"""The workers of tasks."""

from uuid import UUID

from models import Task, TaskWorker, Worker
from services.core import records
from services.core.errors import Code, Problem, Rejected
from services.core.unit_of_work import UnitOfWork

MAX_WORKERS = 100
"""How many workers one call may assign or unassign."""


async def assign_workers(work: UnitOfWork, id: UUID, worker_ids: list[UUID]) -> Task:
    """Assign workers to a task, in addition to those already assigned. The task is locked, so that concurrent calls add
    up. The workers are locked before it, in the same order as when a worker is deleted."""
    _check_count(worker_ids)
    await records.lock_all_or_reject(work, Worker, worker_ids, "worker_ids")
    task: Task = await work.get_for_update(Task, id, "task_id")
    assigned = {link.worker_id for link in await records.list_links(work, TaskWorker, task_id=id)}
    new = [worker_id for worker_id in dict.fromkeys(worker_ids) if worker_id not in assigned]
    await records.insert_links(work, TaskWorker, [{"task_id": id, "worker_id": worker_id} for worker_id in new])
    return task


async def unassign_workers(work: UnitOfWork, id: UUID, worker_ids: list[UUID]) -> Task:
    """Remove workers from a task. Workers who are not assigned are ignored."""
    _check_count(worker_ids)
    await records.lock_all_or_reject(work, Worker, worker_ids, "worker_ids")
    task: Task = await work.get_for_update(Task, id, "task_id")
    await records.delete_links(work, TaskWorker, task_id=[id], worker_id=worker_ids)
    return task


def _check_count(worker_ids: list[UUID]) -> None:
    if not worker_ids:
        raise Rejected(Problem(Code.TOO_SHORT, ("worker_ids",), "Provide at least one worker."))
    if len(worker_ids) > MAX_WORKERS:
        raise Rejected(Problem(Code.TOO_LONG, ("worker_ids",), f"Provide at most {MAX_WORKERS} workers at once."))
