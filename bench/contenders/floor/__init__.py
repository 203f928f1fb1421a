"""The floor: the cost without GraphQL. Hand-written code for each workload, with one statement per level."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.contenders import uvicorn_server
from bench.contenders.contender import POOL_SIZE, Contender, python_command
from bench.database import BenchDatabase
from bench.requests import Request
from bench.targets import TargetTenant
from bench.workloads import NEW_TASK, SEARCHED_WORD, Shape, Workload


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

    def missing(self, workload: Workload) -> str | None:
        return "it has no subscriptions" if workload.shape is Shape.FANOUT else None

    def request(self, workload: Workload, target: TargetTenant, headers: Mapping[str, str]) -> Request:
        body: dict[str, Any] = dict(workload.sizes)
        if workload.shape is Shape.ONE:
            body = {"id": target.task_id}
        elif workload.shape is Shape.CREATE:
            body = _new_task(target)
        elif workload.shape is Shape.BULK:
            body = {"tasks": [_new_task(target)] * workload.sizes["tasks"]}
        elif workload.shape is Shape.SEARCH:
            body |= {"query": SEARCHED_WORD}
        return Request.json_post(f"/{workload.shape}", body, headers)


def _new_task(target: TargetTenant) -> dict[str, Any]:
    return {**NEW_TASK, "projectId": target.project_id, "assigneeId": target.worker_id}
