"""Tasks: create, update, delete, assign workers."""

from uuid import UUID

from inputs.arguments import ExpectedVersion, Id, TaskId, WorkerIds
from inputs.task import CreateTaskInput, UpdateTaskInput
from models import Task
from resolvers.unpack import decode_id, provided_fields
from services.core.unit_of_work import UnitOfWork
from services.work import task


async def create_task(work: UnitOfWork, input: CreateTaskInput) -> Task:
    return await task.create_task(work, provided_fields(input))


async def update_task(
    work: UnitOfWork, id: Id, input: UpdateTaskInput, expected_version: ExpectedVersion = None
) -> Task:
    return await task.update_task(work, decode_id("task", id), provided_fields(input), expected_version)


async def delete_task(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await task.delete_task(work, decode_id("task", id), expected_version)


async def assign_workers(work: UnitOfWork, task_id: TaskId, worker_ids: WorkerIds) -> Task:
    return await task.assign_workers(work, decode_id("task", task_id), [decode_id("worker", id) for id in worker_ids])


async def unassign_workers(work: UnitOfWork, task_id: TaskId, worker_ids: WorkerIds) -> Task:
    return await task.unassign_workers(work, decode_id("task", task_id), [decode_id("worker", id) for id in worker_ids])
