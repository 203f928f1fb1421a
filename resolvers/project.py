"""Projects: create, update, delete."""

from uuid import UUID

from inputs.arguments import ExpectedVersion, Id
from inputs.project import CreateProjectInput, UpdateProjectInput
from models import Project
from resolvers.unpack import decode_id, provided_fields
from services.core.unit_of_work import UnitOfWork
from services.work import project


async def create_project(work: UnitOfWork, input: CreateProjectInput) -> Project:
    return await project.create_project(work, provided_fields(input))


async def update_project(
    work: UnitOfWork, id: Id, input: UpdateProjectInput, expected_version: ExpectedVersion = None
) -> Project:
    return await project.update_project(work, decode_id("project", id), provided_fields(input), expected_version)


async def delete_project(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> UUID:
    return await project.delete_project(work, decode_id("project", id), expected_version)
