"""What each request of the idiomatic server has: its tenant, sessions, and loaders of its own."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aiodataloader import DataLoader
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from strawberry.fastapi import BaseContext

from models import Task, TaskWorker, Team, Worker


class Context(BaseContext):
    """A session for each batch: one session must not be shared by loaders that run at once."""

    def __init__(self, session: Callable[[], AsyncSession], tenant_id: uuid.UUID) -> None:
        super().__init__()
        self.session = session
        self.tenant_id = tenant_id
        self.workers = DataLoader(self._by_id(Worker))
        self.teams = DataLoader(self._by_id(Team))
        self._lists: dict[Any, DataLoader[uuid.UUID, list[Any]]] = {}

    async def all(self, statement: Any) -> Sequence[Any]:
        """What a statement finds."""
        async with self.session() as session:
            found: Sequence[Any] = (await session.exec(statement)).all()
            return found

    async def newest(self, model: Any, first: int) -> Sequence[Any]:
        """The newest rows of a table."""
        mine = select(model).where(model.tenant_id == self.tenant_id)
        return await self.all(mine.order_by(model.id.desc()).limit(first))

    def tasks_of(self, first: int) -> DataLoader[uuid.UUID, list[Task]]:
        """The newest tasks of a project."""
        return self._list(("tasks", first), partial(self._tasks_of, first))

    def workers_of(self, first: int) -> DataLoader[uuid.UUID, list[Worker]]:
        """The newest workers on a task."""
        return self._list(("workers", first), partial(self._workers_of, first))

    def _list(self, key: Any, load: Any) -> DataLoader[uuid.UUID, list[Any]]:
        if key not in self._lists:
            self._lists[key] = DataLoader(load)
        return self._lists[key]

    def _by_id(self, model: Any) -> Any:
        async def load(keys: list[uuid.UUID]) -> list[Any]:
            found = await self.all(select(model).where(model.tenant_id == self.tenant_id, model.id.in_(keys)))
            rows = {row.id: row for row in found}
            return [rows.get(key) for key in keys]

        return load

    async def _tasks_of(self, first: int, keys: list[uuid.UUID]) -> list[list[Task]]:
        place = func.row_number().over(partition_by=col(Task.project_id), order_by=col(Task.id).desc()).label("place")
        mine = col(Task.tenant_id) == self.tenant_id
        ranked = select(Task.id, place).where(mine, col(Task.project_id).in_(keys)).subquery()
        wanted = select(Task).join(ranked, ranked.c.id == Task.id).where(mine, ranked.c.place <= first)
        found: defaultdict[Any, list[Task]] = defaultdict(list)
        for task in await self.all(wanted.order_by(col(Task.id).desc())):
            found[task.project_id].append(task)
        return [found[key] for key in keys]

    async def _workers_of(self, first: int, keys: list[uuid.UUID]) -> list[list[Worker]]:
        linked = (col(TaskWorker.worker_id) == Worker.id) & (col(TaskWorker.tenant_id) == Worker.tenant_id)
        pairs = select(TaskWorker.task_id, Worker).join(Worker, linked)
        mine = pairs.where(Worker.tenant_id == self.tenant_id, col(TaskWorker.task_id).in_(keys))
        found: defaultdict[uuid.UUID, list[Worker]] = defaultdict(list)
        for task_id, worker in await self.all(mine.order_by(col(Worker.id).desc())):
            found[task_id].append(worker)
        return [found[key][:first] for key in keys]
