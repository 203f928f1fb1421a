"""The idiomatic server's types: annotated fields, resolvers for relations. Entities are returned as they are."""

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
    """Workers who work together."""

    id: strawberry.ID
    name: str


@strawberry.type
class Worker:
    """Somebody who does tasks."""

    id: strawberry.ID
    name: str
    email: str | None
    version: int

    @strawberry.field
    async def team(self, info: Info[Context, None]) -> Team | None:
        key = _entity(self).team_id
        return await info.context.teams.load(key) if key else None


@strawberry.type
class Task:
    """One thing to be done."""

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
        key = _entity(self).assignee_id
        return await info.context.workers.load(key) if key else None

    @strawberry.field
    async def workers(self, info: Info[Context, None], first: int = 20) -> list[Worker]:
        loaded: Any = await info.context.workers_of(first).load(_entity(self).id)
        return loaded  # type: ignore[no-any-return]


@strawberry.type
class Project:
    """Tasks towards one aim."""

    id: strawberry.ID
    name: str
    description: str
    version: int

    @strawberry.field
    async def tasks(self, info: Info[Context, None], first: int = 20) -> list[Task]:
        loaded: Any = await info.context.tasks_of(first).load(_entity(self).id)
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
    """What a resolver gets as `self` is the entity behind the type."""
    return self
