"""Workers: create, update, delete, transfer between teams."""

from uuid import UUID

from inputs.arguments import ExpectedVersion, Id, ToTeamId, WorkerId
from inputs.worker import CreateWorkerInput, UpdateWorkerInput
from models import Worker
from resolvers.unpack import decode_id, provided_fields
from services.core.unit_of_work import UnitOfWork
from services.work import worker


async def create_worker(work: UnitOfWork, input: CreateWorkerInput) -> Worker:
    return await worker.create_worker(work, provided_fields(input))


async def update_worker(
    work: UnitOfWork, id: Id, input: UpdateWorkerInput, expected_version: ExpectedVersion = None
) -> Worker:
    return await worker.update_worker(work, decode_id("worker", id), provided_fields(input), expected_version)


async def delete_worker(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await worker.delete_worker(work, decode_id("worker", id), expected_version)


async def transfer_worker(
    work: UnitOfWork, worker_id: WorkerId, to_team_id: ToTeamId, expected_version: ExpectedVersion = None
) -> Worker:
    return await worker.transfer_worker(
        work, decode_id("worker", worker_id), decode_id("team", to_team_id), expected_version
    )
