"""The interface of a contender."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from bench.database import BenchDatabase
from bench.requests import Request, send_request
from bench.targets import TargetTenant
from bench.workloads import NEW_TASK, SEARCHED_WORD, Shape, Workload

POOL_SIZE = 10
"""Number of connections to PostgreSQL of each contender."""
TENANT_HEADER = "x-tenant-id"
USER_HEADER = "x-user-id"


class Contender(ABC):
    """A server with one process. It listens on a given port, and responds to the workloads with JSON."""

    name: ClassVar[str]
    description: ClassVar[str]

    def skip_reason(self) -> str | None:
        """Install what the contender needs. Return why it cannot run on this machine; None if it can."""
        return None

    def remark(self) -> str | None:
        """Return a note for the report, or None."""
        return None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the command that starts its process, run in the checkout."""

    @abstractmethod
    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        """Return the environment variables of its process."""

    @abstractmethod
    def request(self, workload: Workload, target: TargetTenant, headers: Mapping[str, str]) -> Request:
        """Return the request for the workload, with the headers from `headers()`."""

    def missing(self, _workload: Workload) -> str | None:
        """Return why the contender has no such operation; None if it has one."""
        return None

    def subscription(self) -> str:
        """Return the document with which clients follow the tasks that are created."""
        raise NotImplementedError

    def headers(self, _port: int, target: TargetTenant) -> Mapping[str, str]:
        """Return headers that identify tenant and user. Contenders without authentication trust them."""
        return {TENANT_HEADER: str(target.tenant_id), USER_HEADER: str(target.user_id)}

    def is_ready(self, port: int, probe: Workload, target: TargetTenant) -> bool:
        """Return whether the server responds to the probe."""
        return send_request(port, self.request(probe, target, {})).error is None


class GraphQLContender(Contender):
    """A contender with a GraphQL schema: a document for each shape, with variables."""

    path = "/graphql"
    documents: ClassVar[Mapping[Shape, str]]

    def missing(self, workload: Workload) -> str | None:
        return None if workload.shape in self.documents else "its schema has no such field"

    def request(self, workload: Workload, target: TargetTenant, headers: Mapping[str, str]) -> Request:
        body: dict[str, Any] = {"query": self.documents[workload.shape]}
        if variables := self.variables(workload, target):
            body["variables"] = variables
        return Request.json_post(self.path, body, headers)

    def variables(self, workload: Workload, target: TargetTenant) -> dict[str, Any]:
        """Return the variables of the workload's document."""
        if workload.shape is Shape.ONE:
            return {"id": self.id("task", target.task_id)}
        if workload.shape in (Shape.CREATE, Shape.FANOUT):
            return {"input": self.new_task(target)}
        if workload.shape is Shape.BULK:
            return {"inputs": [self.new_task(target)] * workload.sizes["tasks"]}
        if workload.shape is Shape.SEARCH:
            return {"query": SEARCHED_WORD, **workload.sizes}
        return dict(workload.sizes)

    def new_task(self, target: TargetTenant) -> dict[str, Any]:
        """Return the input of createTask."""
        project, worker = self.id("project", target.project_id), self.id("worker", target.worker_id)
        return {**NEW_TASK, "projectId": project, "assigneeId": worker}

    def id(self, _table: str, id: Any) -> str:
        """Return the id in the contender's format."""
        return str(id)


def python_command(module: str) -> list[str]:
    """Return the command that runs a Python module."""
    return [sys.executable, "-m", module]
