"""Workers: transfer between teams."""

from inputs.arguments import ExpectedVersion, FromTeamId, ToTeamId, WorkerId
from models import Worker
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.work import worker


async def transfer_worker(
    work: UnitOfWork,
    worker_id: WorkerId,
    to_team_id: ToTeamId,
    expected_version: ExpectedVersion = None,
    from_team_id: FromTeamId = None,
) -> Worker:
    expected_team_id = None if from_team_id is None else decode_id("team", from_team_id)
    return await worker.transfer_worker(
        work, decode_id("worker", worker_id), decode_id("team", to_team_id), expected_version, expected_team_id
    )
