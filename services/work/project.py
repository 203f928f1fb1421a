"""Projects."""

from typing import Any
from uuid import UUID

from models import Project, Task
from services.core import records
from services.core.unit_of_work import UnitOfWork


async def create_project(work: UnitOfWork, values: dict[str, Any]) -> Project:
    project: Project = await records.create(work, Project, values)
    return project


async def update_project(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Project:
    project: Project = await records.update(work, Project, id, values, expected_version)
    return project


async def delete_project(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Delete the project and clear its tasks' reference to it; the tasks are not deleted."""
    project = await records.get_for_delete(work, Project, id, expected_version)
    await records.clear_references(work, Task, "project_id", id)
    await work.delete(project)
    return id
