"""The request context of the idiomatic server: the tenant, a session factory, and data loaders."""

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
    """The context of a request. Each batch uses its own session, because loaders run concurrently."""

    def __init__(self, session: Callable[[], AsyncSession], tenant_id: uuid.UUID) -> None:
        super().__init__()
        self.session = session
        self.tenant_id = tenant_id
        self.workers = DataLoader(self._id_loader_function(Worker))
        self.teams = DataLoader(self._id_loader_function(Team))
        self._list_loaders: dict[Any, DataLoader[uuid.UUID, list[Any]]] = {}

    async def fetch_all(self, statement: Any) -> Sequence[Any]:
        """Return the rows of a statement."""
        async with self.session() as session:
            rows: Sequence[Any] = (await session.exec(statement)).all()
            return rows

    async def fetch_newest(self, model: Any, first: int) -> Sequence[Any]:
        """Return the newest rows of a table."""
        query = select(model).where(model.tenant_id == self.tenant_id)
        return await self.fetch_all(query.order_by(model.id.desc()).limit(first))

    def task_loader(self, first: int) -> DataLoader[uuid.UUID, list[Task]]:
        """Return a loader of the newest tasks of a project."""
        return self._list_loader(("tasks", first), partial(self._load_tasks, first))

    def worker_loader(self, first: int) -> DataLoader[uuid.UUID, list[Worker]]:
        """Return a loader of the newest workers on a task."""
        return self._list_loader(("workers", first), partial(self._load_workers, first))

    def _list_loader(self, key: Any, load: Any) -> DataLoader[uuid.UUID, list[Any]]:
        if key not in self._list_loaders:
            self._list_loaders[key] = DataLoader(load)
        return self._list_loaders[key]

    def _id_loader_function(self, model: Any) -> Any:
        async def load(keys: list[uuid.UUID]) -> list[Any]:
            result = await self.fetch_all(select(model).where(model.tenant_id == self.tenant_id, model.id.in_(keys)))
            rows = {row.id: row for row in result}
            return [rows.get(key) for key in keys]

        return load

    async def _load_tasks(self, first: int, keys: list[uuid.UUID]) -> list[list[Task]]:
        rank = func.row_number().over(partition_by=col(Task.project_id), order_by=col(Task.id).desc()).label("rank")
        in_tenant = col(Task.tenant_id) == self.tenant_id
        ranked = select(Task.id, rank).where(in_tenant, col(Task.project_id).in_(keys)).subquery()
        query = select(Task).join(ranked, ranked.c.id == Task.id).where(in_tenant, ranked.c.rank <= first)
        tasks: defaultdict[Any, list[Task]] = defaultdict(list)
        for task in await self.fetch_all(query.order_by(col(Task.id).desc())):
            tasks[task.project_id].append(task)
        return [tasks[key] for key in keys]

    async def _load_workers(self, first: int, keys: list[uuid.UUID]) -> list[list[Worker]]:
        is_linked = (col(TaskWorker.worker_id) == Worker.id) & (col(TaskWorker.tenant_id) == Worker.tenant_id)
        pairs = select(TaskWorker.task_id, Worker).join(Worker, is_linked)
        query = pairs.where(Worker.tenant_id == self.tenant_id, col(TaskWorker.task_id).in_(keys))
        workers: defaultdict[uuid.UUID, list[Worker]] = defaultdict(list)
        for task_id, worker in await self.fetch_all(query.order_by(col(Worker.id).desc())):
            workers[task_id].append(worker)
        return [workers[key][:first] for key in keys]
