"""Teams."""

from typing import Any
from uuid import UUID

from models import Team, Worker
from services.core import records
from services.core.unit_of_work import UnitOfWork


async def create_team(work: UnitOfWork, values: dict[str, Any]) -> Team:
    team: Team = await records.create(work, Team, values)
    return team


async def update_team(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Team:
    team: Team = await records.update(work, Team, id, values, expected_version)
    return team


async def delete_team(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Delete the team and clear its workers' reference to it; the workers are not deleted."""
    team = await records.get_for_delete(work, Team, id, expected_version)
    await records.clear_references(work, Worker, "team_id", id)
    await work.delete(team)
    return id
