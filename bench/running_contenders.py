"""Contenders whose server process has been started."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.contenders import Contender
from bench.database import BenchDatabase
from bench.normalize import normalize, normalize_created
from bench.requests import TIMEOUT_SECONDS, Request, send_request
from bench.server_process import ServerProcess
from bench.workloads import WORKLOADS, Workload
from tests.harness.postgres_server import free_port


@dataclass
class RunningContender:
    """A contender with its running server process."""

    contender: Contender
    database: BenchDatabase
    port: int
    process: ServerProcess
    _requests: dict[str, Request] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.contender.name

    def request(self, workload: Workload) -> Request:
        """Return the request for the workload."""
        if workload.name not in self._requests:
            target = self.database.targets.for_workload(workload)
            headers = self.contender.headers(self.port, target)
            self._requests[workload.name] = self.contender.request(workload, target, headers)
        return self._requests[workload.name]

    def wait_until_idle(self, workload: Workload) -> tuple[int, float]:
        """Wait until the server responds, after requests of a driver that are still in progress. Return the size of a
        response in bytes, and its time in seconds."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while send_request(self.port, self.request(workload)).error and time.monotonic() < deadline:
            time.sleep(0.1)
        start = time.perf_counter()
        response = send_request(self.port, self.request(workload))
        return response.size, time.perf_counter() - start

    def load_normalized_result(self, workload: Workload) -> Any:
        """Return the normalized result of the workload. Raises ResponseError if it has errors."""
        data = send_request(self.port, self.request(workload)).data
        if not workload.writes:
            return normalize(data)
        self.database.delete_created_rows()
        return normalize_created(data)


@contextmanager
def start_contenders(
    contenders: Sequence[Contender], database: BenchDatabase, logs: Path
) -> Iterator[list[RunningContender]]:
    """Start all contenders, and stop them at the end. They are idle while others are measured."""
    running: list[RunningContender] = []
    try:
        for contender in contenders:
            print(f"Starting {contender.name}: {contender.description}")
            running.append(_start(contender, database, logs / f"{contender.name}.log"))
        yield running
    finally:
        for started in running:
            started.process.stop()


def _start(contender: Contender, database: BenchDatabase, log: Path) -> RunningContender:
    port = free_port()
    process = ServerProcess(contender.command(), contender.environment(database, port), log)
    probe, target = WORKLOADS["typename"], database.targets.read
    try:
        process.wait_until_ready(lambda: contender.is_ready(port, probe, target))
    except BaseException:
        process.stop()
        raise
    return RunningContender(contender, database, port, process)
