"""Tasks: assign workers."""

from inputs.arguments import TaskId, WorkerIds
from models import Task
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.work import task


async def assign_workers(work: UnitOfWork, task_id: TaskId, worker_ids: WorkerIds) -> Task:
    return await task.assign_workers(work, decode_id("task", task_id), [decode_id("worker", id) for id in worker_ids])


async def unassign_workers(work: UnitOfWork, task_id: TaskId, worker_ids: WorkerIds) -> Task:
    return await task.unassign_workers(work, decode_id("task", task_id), [decode_id("worker", id) for id in worker_ids])
