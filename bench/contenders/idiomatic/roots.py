"""The root types of the idiomatic server."""

import uuid
from typing import Any

import strawberry
from sqlmodel import select
from strawberry.types import Info

import models
from bench.contenders.idiomatic.context import Context
from bench.contenders.idiomatic.types import CreateTaskInput, Project, Task

RequestInfo = Info[Context, None]


@strawberry.type
class Query:
    """The root query type."""

    @strawberry.field
    async def projects(self, info: RequestInfo, first: int = 20) -> list[Project]:
        rows: Any = await info.context.fetch_newest(models.Project, first)
        return rows  # type: ignore[no-any-return]

    @strawberry.field
    async def tasks(self, info: RequestInfo, first: int = 20) -> list[Task]:
        rows: Any = await info.context.fetch_newest(models.Task, first)
        return rows  # type: ignore[no-any-return]

    @strawberry.field
    async def task(self, info: RequestInfo, id: strawberry.ID) -> Task | None:
        query = select(models.Task).where(models.Task.tenant_id == info.context.tenant_id)
        rows: Any = await info.context.fetch_all(query.where(models.Task.id == uuid.UUID(id)))
        return rows[0] if rows else None


@strawberry.type
class Mutation:
    """The root mutation type."""

    @strawberry.mutation
    async def create_task(self, info: RequestInfo, input: CreateTaskInput) -> Task:
        task = models.Task(
            tenant_id=info.context.tenant_id, title=input.title, description=input.description, status=input.status,
            priority=input.priority, due_date=input.due_date, project_id=_parse_id(input.project_id),
            assignee_id=_parse_id(input.assignee_id),
        )  # fmt: skip
        async with info.context.session() as session:
            session.add(task)
            await session.commit()
        result: Any = task
        return result  # type: ignore[no-any-return]


def _parse_id(id: strawberry.ID | None) -> uuid.UUID | None:
    return uuid.UUID(id) if id else None
