"""What a contender has to tell about itself."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from bench.ground import Plot
from bench.requests import Request, send
from bench.stage import Stage
from bench.workloads import NEW_TASK, Shape, Workload

POOL_SIZE = 10
"""Connections to PostgreSQL that each contender keeps, and never more."""
TENANT_HEADER = "x-tenant-id"
USER_HEADER = "x-user-id"


class Contender(ABC):
    """A server of one process. It listens on a port it is given, and answers in JSON what a workload asks."""

    name: ClassVar[str]
    about: ClassVar[str]

    def obstacle(self) -> str | None:
        """Why it cannot take part on this machine, once what it needs has been fetched."""
        return None

    def remark(self) -> str | None:
        """What a reader of its figures must know."""
        return None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """How its process is started, in the checkout."""

    @abstractmethod
    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        """What its process finds in its environment."""

    @abstractmethod
    def request(self, workload: Workload, plot: Plot, headers: Mapping[str, str]) -> Request:
        """How the workload is asked for, with the headers that `headers` made."""

    def headers(self, _port: int, plot: Plot) -> Mapping[str, str]:
        """How it learns whose tenant is meant. Those without authentication are simply told."""
        return {TENANT_HEADER: str(plot.tenant_id), USER_HEADER: str(plot.user_id)}

    def is_ready(self, port: int, probe: Workload, plot: Plot) -> bool:
        """Whether it answers."""
        return send(port, self.request(probe, plot, {})).problem is None


class GraphQL(Contender):
    """A contender with a GraphQL schema: a document for each shape, and variables."""

    path = "/graphql"
    documents: ClassVar[Mapping[Shape, str]]

    def request(self, workload: Workload, plot: Plot, headers: Mapping[str, str]) -> Request:
        body: dict[str, Any] = {"query": self.documents[workload.shape]}
        if variables := self.variables(workload, plot):
            body["variables"] = variables
        return Request.of(self.path, body, headers)

    def variables(self, workload: Workload, plot: Plot) -> dict[str, Any]:
        """What the document of this workload declares."""
        if workload.shape is Shape.ONE:
            return {"id": self.id("task", plot.task_id)}
        if workload.shape is Shape.CREATE:
            return {"input": self.new_task(plot)}
        return dict(workload.sizes)

    def new_task(self, plot: Plot) -> dict[str, Any]:
        """The input of createTask."""
        project, worker = self.id("project", plot.project_id), self.id("worker", plot.worker_id)
        return {**NEW_TASK, "projectId": project, "assigneeId": worker}

    def id(self, _table: str, id: Any) -> str:
        """An id as the contract has it."""
        return str(id)


def python(module: str) -> list[str]:
    """How a module of ours is run."""
    return [sys.executable, "-m", module]
