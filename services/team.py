"""Teams."""

from typing import Any
from uuid import UUID

from models import Team, Worker
from services import records
from services.unit_of_work import UnitOfWork


async def create_team(work: UnitOfWork, values: dict[str, Any]) -> Team:
    team: Team = await records.create(work, Team, values)
    return team


async def update_team(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Team:
    team: Team = await records.update(work, Team, id, values, expected_version)
    return team


async def delete_team(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Its workers stay, without a team."""
    team = await records.doomed(work, Team, id, expected_version)
    await records.release(work, Worker, "team_id", id)
    await work.delete(team)
    return id
