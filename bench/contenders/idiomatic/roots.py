"""What can be asked of the idiomatic server, and done."""

import uuid
from typing import Any

import strawberry
from sqlmodel import select
from strawberry.types import Info

import models
from bench.contenders.idiomatic.context import Context
from bench.contenders.idiomatic.types import CreateTaskInput, Project, Task

Asking = Info[Context, None]


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    async def projects(self, info: Asking, first: int = 20) -> list[Project]:
        found: Any = await info.context.newest(models.Project, first)
        return found  # type: ignore[no-any-return]

    @strawberry.field
    async def tasks(self, info: Asking, first: int = 20) -> list[Task]:
        found: Any = await info.context.newest(models.Task, first)
        return found  # type: ignore[no-any-return]

    @strawberry.field
    async def task(self, info: Asking, id: strawberry.ID) -> Task | None:
        mine = select(models.Task).where(models.Task.tenant_id == info.context.tenant_id)
        found: Any = await info.context.all(mine.where(models.Task.id == uuid.UUID(id)))
        return found[0] if found else None


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.mutation
    async def create_task(self, info: Asking, input: CreateTaskInput) -> Task:
        made = models.Task(
            tenant_id=info.context.tenant_id, title=input.title, description=input.description, status=input.status,
            priority=input.priority, due_date=input.due_date, project_id=_key(input.project_id),
            assignee_id=_key(input.assignee_id),
        )  # fmt: skip
        async with info.context.session() as session:
            session.add(made)
            await session.commit()
        answer: Any = made
        return answer  # type: ignore[no-any-return]


def _key(id: strawberry.ID | None) -> uuid.UUID | None:
    return uuid.UUID(id) if id else None
