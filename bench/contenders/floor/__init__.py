"""The floor: the cost without GraphQL. Hand-written code for each workload, with one statement per level."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.contenders import uvicorn_server
from bench.contenders.contender import POOL_SIZE, Contender, python_command
from bench.database import BenchDatabase
from bench.requests import Request
from bench.targets import TargetTenant
from bench.workloads import NEW_TASK, Shape, Workload


class Floor(Contender):
    """Starlette, asyncpg and orjson, without authentication."""

    name = "floor"
    description = "hand-written: Starlette, asyncpg, orjson; no GraphQL, no auth"

    def command(self) -> Sequence[str]:
        return python_command("bench.contenders.floor.app")

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        return {
            uvicorn_server.DATABASE_URL: database.superuser_url,
            uvicorn_server.PORT: str(port),
            uvicorn_server.POOL: str(POOL_SIZE),
        }

    def request(self, workload: Workload, target: TargetTenant, headers: Mapping[str, str]) -> Request:
        body: dict[str, Any] = dict(workload.sizes)
        if workload.shape is Shape.ONE:
            body = {"id": target.task_id}
        elif workload.shape is Shape.CREATE:
            body = {**NEW_TASK, "projectId": target.project_id, "assigneeId": target.worker_id}
        return Request.json_post(f"/{workload.shape}", body, headers)
