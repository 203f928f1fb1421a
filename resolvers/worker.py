"""Changes to workers."""

from uuid import UUID

from models import Worker
from resolvers.unpack import given, key
from schema.inputs.arguments import ExpectedVersion, Id, ToTeamId
from schema.inputs.worker import CreateWorkerInput, UpdateWorkerInput
from services import worker
from services.unit_of_work import UnitOfWork


async def create_worker(work: UnitOfWork, input: CreateWorkerInput) -> Worker:
    return await worker.create_worker(work, given(input))


async def update_worker(
    work: UnitOfWork, id: Id, input: UpdateWorkerInput, expected_version: ExpectedVersion = None
) -> Worker:
    return await worker.update_worker(work, key("worker", id), given(input), expected_version)


async def delete_worker(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await worker.delete_worker(work, key("worker", id), expected_version)


async def transfer_worker(
    work: UnitOfWork, worker_id: Id, to_team_id: ToTeamId, expected_version: ExpectedVersion = None
) -> Worker:
    return await worker.transfer_worker(work, key("worker", worker_id), key("team", to_team_id), expected_version)
