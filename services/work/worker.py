"""Workers."""

from uuid import UUID

from models import Team, Worker
from services.core import records
from services.core.unit_of_work import UnitOfWork


async def transfer_worker(work: UnitOfWork, id: UUID, to_team_id: UUID, expected_version: int | None) -> Worker:
    """Move the worker to another team. The team is locked before the worker, in the same order as when a team is
    deleted, so that the two cannot deadlock."""
    team = await work.get_for_update(Team, to_team_id, "to_team_id")
    worker: Worker = await work.get_for_update(Worker, id, "worker_id")
    records.check_version(worker, expected_version)
    worker.team_id = team.id
    await work.flush()
    return worker
