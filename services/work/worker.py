"""Workers."""

from uuid import UUID

from models import Team, Worker
from queries.lists import select_by_id
from services.core import records
from services.core.errors import Code, Problem, Rejected, not_found
from services.core.unit_of_work import UnitOfWork


async def transfer_worker(
    work: UnitOfWork, id: UUID, to_team_id: UUID, expected_version: int | None, from_team_id: UUID | None = None
) -> Worker:
    """Move the worker to another team; reject it as CONFLICT if the worker is not in `from_team_id`, when given. The
    team is locked before the worker, in the same order as when a team is deleted, so that the two cannot deadlock."""
    if from_team_id is not None and not await work.rows(select_by_id(Team), keys=[from_team_id]):
        raise not_found("from_team_id")
    team = await work.get_for_update(Team, to_team_id, "to_team_id")
    worker: Worker = await work.get_for_update(Worker, id, "worker_id")
    records.check_version(worker, expected_version)
    if from_team_id is not None and worker.team_id != from_team_id:
        message = "The worker is not in this team any more: another request has moved them."
        raise Rejected(Problem(Code.CONFLICT, ("from_team_id",), message), current=worker)
    worker.team_id = team.id
    await work.flush()
    return worker
