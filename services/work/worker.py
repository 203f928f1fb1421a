"""Workers, and whose accounts they are linked to. Members link workers only to their own account."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from models import Team, Worker
from queries.lists import select_by_id
from services.core import bulk, records
from services.core.bulk_result import BulkResult, ErrorPolicy
from services.core.bulk_rows import RowUpdate, SelectionUpdate
from services.core.errors import Code, Forbidden, Problem, Rejected, not_found
from services.core.unit_of_work import UnitOfWork


async def create_worker(work: UnitOfWork, values: dict[str, Any]) -> Worker:
    """Create a worker. Forbidden if a member links it to the account of someone else."""
    worker: Worker = await records.create(work, Worker, values)
    _require_own_links(work)
    return worker


async def update_worker(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Worker:
    """Update a worker. Forbidden if a member changes or removes the link to the account of someone else."""
    worker: Worker = await records.update(work, Worker, id, values, expected_version)
    _require_own_links(work)
    return worker


async def create_workers(work: UnitOfWork, rows: Sequence[dict[str, Any]], policy: ErrorPolicy) -> BulkResult:
    """Create many workers, as `create_worker` does."""
    result = await bulk.create_many(work, Worker, rows, policy)
    _require_own_links(work)
    return result


async def update_workers(
    work: UnitOfWork, updates: Sequence[RowUpdate] | SelectionUpdate, policy: ErrorPolicy
) -> BulkResult:
    """Update many workers, as `update_worker` does."""
    result = await bulk.update_many(work, Worker, updates, policy)
    _require_own_links(work)
    return result


def _require_own_links(work: UnitOfWork) -> None:
    """Raise Forbidden, so that nothing is committed, if the principal is neither admin nor owner, and the link to the
    account of someone else was written or removed."""
    if work.principal.can_see_all:
        return
    for change in work.changes:
        linked = {change.before.get("user_id"), change.after.get("user_id")} if change.table == "worker" else set()
        if not linked <= {None, work.principal.user_id}:
            raise Forbidden("Members link workers only to their own account. Only an admin can link others.")


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
