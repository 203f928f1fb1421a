"""Changes to tasks."""

from uuid import UUID

from models import Task
from resolvers.unpack import given, key
from schema.inputs.arguments import ExpectedVersion, Id, WorkerIds
from schema.inputs.task import CreateTaskInput, UpdateTaskInput
from services import task
from services.unit_of_work import UnitOfWork


async def create_task(work: UnitOfWork, input: CreateTaskInput) -> Task:
    return await task.create_task(work, given(input))


async def update_task(
    work: UnitOfWork, id: Id, input: UpdateTaskInput, expected_version: ExpectedVersion = None
) -> Task:
    return await task.update_task(work, key("task", id), given(input), expected_version)


async def delete_task(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await task.delete_task(work, key("task", id), expected_version)


async def assign_workers(work: UnitOfWork, task_id: Id, worker_ids: WorkerIds) -> Task:
    return await task.assign_workers(work, key("task", task_id), [key("worker", id) for id in worker_ids])


async def unassign_workers(work: UnitOfWork, task_id: Id, worker_ids: WorkerIds) -> Task:
    return await task.unassign_workers(work, key("task", task_id), [key("worker", id) for id in worker_ids])
