"""Projects."""

from typing import Any
from uuid import UUID

from models import Project, Task
from services import records
from services.unit_of_work import UnitOfWork


async def create_project(work: UnitOfWork, values: dict[str, Any]) -> Project:
    project: Project = await records.create(work, Project, values)
    return project


async def update_project(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Project:
    project: Project = await records.update(work, Project, id, values, expected_version)
    return project


async def delete_project(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Its tasks stay, without a project: nobody's work is lost with the folder it lay in."""
    project = await records.doomed(work, Project, id, expected_version)
    await records.release(work, Task, "project_id", id)
    await work.delete(project)
    return id
