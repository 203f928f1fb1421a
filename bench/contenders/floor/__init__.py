"""The floor: what remains when nobody executes GraphQL. Hand-written for each workload, one statement a level."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.contenders import serving
from bench.contenders.contender import POOL_SIZE, Contender, python
from bench.ground import Plot
from bench.requests import Request
from bench.stage import Stage
from bench.workloads import NEW_TASK, Shape, Workload


class Floor(Contender):
    """Starlette, asyncpg and orjson, without authentication."""

    name = "floor"
    about = "hand-written: Starlette, asyncpg, orjson; no GraphQL, no auth"

    def command(self) -> Sequence[str]:
        return python("bench.contenders.floor.app")

    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        return {serving.DATABASE_URL: stage.superuser_url, serving.PORT: str(port), serving.POOL: str(POOL_SIZE)}

    def request(self, workload: Workload, plot: Plot, headers: Mapping[str, str]) -> Request:
        body: dict[str, Any] = dict(workload.sizes)
        if workload.shape is Shape.ONE:
            body = {"id": plot.task_id}
        elif workload.shape is Shape.CREATE:
            body = {**NEW_TASK, "projectId": plot.project_id, "assigneeId": plot.worker_id}
        return Request.of(f"/{workload.shape}", body, headers)
