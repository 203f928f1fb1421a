"""Changes to projects."""

from uuid import UUID

from models import Project
from resolvers.unpack import given, key
from schema.inputs.arguments import ExpectedVersion, Id
from schema.inputs.project import CreateProjectInput, UpdateProjectInput
from services import project
from services.unit_of_work import UnitOfWork


async def create_project(work: UnitOfWork, input: CreateProjectInput) -> Project:
    return await project.create_project(work, given(input))


async def update_project(
    work: UnitOfWork, id: Id, input: UpdateProjectInput, expected_version: ExpectedVersion = None
) -> Project:
    return await project.update_project(work, key("project", id), given(input), expected_version)


async def delete_project(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await project.delete_project(work, key("project", id), expected_version)
