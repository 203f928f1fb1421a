"""Teams: create, update, delete."""

from uuid import UUID

from inputs.arguments import ExpectedVersion, Id
from inputs.team import CreateTeamInput, UpdateTeamInput
from models import Team
from resolvers.unpack import decode_id, provided_fields
from services.core.unit_of_work import UnitOfWork
from services.work import team


async def create_team(work: UnitOfWork, input: CreateTeamInput) -> Team:
    return await team.create_team(work, provided_fields(input))


async def update_team(
    work: UnitOfWork, id: Id, input: UpdateTeamInput, expected_version: ExpectedVersion = None
) -> Team:
    return await team.update_team(work, decode_id("team", id), provided_fields(input), expected_version)


async def delete_team(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await team.delete_team(work, decode_id("team", id), expected_version)
