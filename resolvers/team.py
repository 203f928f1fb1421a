"""Changes to teams."""

from uuid import UUID

from models import Team
from resolvers.unpack import given, key
from schema.inputs.arguments import ExpectedVersion, Id
from schema.inputs.team import CreateTeamInput, UpdateTeamInput
from services import team
from services.unit_of_work import UnitOfWork


async def create_team(work: UnitOfWork, input: CreateTeamInput) -> Team:
    return await team.create_team(work, given(input))


async def update_team(
    work: UnitOfWork, id: Id, input: UpdateTeamInput, expected_version: ExpectedVersion = None
) -> Team:
    return await team.update_team(work, key("team", id), given(input), expected_version)


async def delete_team(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await team.delete_team(work, key("team", id), expected_version)
