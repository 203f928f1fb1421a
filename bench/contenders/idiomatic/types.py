"""The types of the idiomatic server: annotated fields, and resolvers for relations. Resolvers return ORM entities."""

import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from bench.contenders.idiomatic.context import Context
from models.task import TaskPriority, TaskStatus

strawberry.enum(TaskStatus)
strawberry.enum(TaskPriority)


@strawberry.type
class Team:
    """A team of workers."""

    id: strawberry.ID
    name: str


@strawberry.type
class Worker:
    """A worker."""

    id: strawberry.ID
    name: str
    email: str | None
    version: int

    @strawberry.field
    async def team(self, info: Info[Context, None]) -> Team | None:
        id = _entity(self).team_id
        return await info.context.teams.load(id) if id else None


@strawberry.type
class Task:
    """A task of a project."""

    id: strawberry.ID
    title: str
    description: str
    status: TaskStatus
    priority: TaskPriority
    due_date: datetime.date | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    version: int

    @strawberry.field
    async def assignee(self, info: Info[Context, None]) -> Worker | None:
        id = _entity(self).assignee_id
        return await info.context.workers.load(id) if id else None

    @strawberry.field
    async def workers(self, info: Info[Context, None], first: int = 20) -> list[Worker]:
        loaded: Any = await info.context.worker_loader(first).load(_entity(self).id)
        return loaded  # type: ignore[no-any-return]


@strawberry.type
class Project:
    """A project with tasks."""

    id: strawberry.ID
    name: str
    description: str
    version: int

    @strawberry.field
    async def tasks(self, info: Info[Context, None], first: int = 20) -> list[Task]:
        loaded: Any = await info.context.task_loader(first).load(_entity(self).id)
        return loaded  # type: ignore[no-any-return]


@strawberry.input
class CreateTaskInput:
    """The values of a new task."""

    title: str
    description: str = ""
    status: TaskStatus = TaskStatus.TODO
    priority: TaskPriority = TaskPriority.MEDIUM
    due_date: datetime.date | None = None
    project_id: strawberry.ID | None = None
    assignee_id: strawberry.ID | None = None


def _entity(self: Any) -> Any:
    """Return `self`, which is the ORM entity in resolvers of Strawberry."""
    return self
