"""Contenders that have been started, and what they answer."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.contenders import Contender
from bench.normalise import created, normalised
from bench.requests import PATIENCE, Request, send
from bench.running import Running
from bench.stage import Stage
from bench.workloads import WORKLOADS, Workload
from tests.harness.server import free_port


@dataclass
class Entrant:
    """A contender that runs."""

    contender: Contender
    stage: Stage
    port: int
    running: Running
    _requests: dict[str, Request] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.contender.name

    def request(self, workload: Workload) -> Request:
        """How it is asked for this."""
        if workload.name not in self._requests:
            plot = self.stage.ground.of(workload)
            headers = self.contender.headers(self.port, plot)
            self._requests[workload.name] = self.contender.request(workload, plot, headers)
        return self._requests[workload.name]

    def settle(self, workload: Workload) -> tuple[int, float]:
        """Returns when it answers, done with what a driver left behind: how many bytes, in how many seconds."""
        deadline = time.monotonic() + PATIENCE
        while send(self.port, self.request(workload)).problem and time.monotonic() < deadline:
            time.sleep(0.1)
        began = time.perf_counter()
        answer = send(self.port, self.request(workload))
        return answer.size, time.perf_counter() - began

    def answer(self, workload: Workload) -> Any:
        """What it answers, normalised; Refused when that is an error."""
        data = send(self.port, self.request(workload)).data
        if not workload.writes:
            return normalised(data)
        self.stage.tidy()
        return created(data)


@contextmanager
def started(contenders: Sequence[Contender], stage: Stage, logs: Path) -> Iterator[list[Entrant]]:
    """All of them, one after the other; they stay until the end, idle while others are measured."""
    entrants: list[Entrant] = []
    try:
        for contender in contenders:
            print(f"Starting {contender.name}: {contender.about}")
            entrants.append(_start(contender, stage, logs / f"{contender.name}.log"))
        yield entrants
    finally:
        for entrant in entrants:
            entrant.running.stop()


def _start(contender: Contender, stage: Stage, log: Path) -> Entrant:
    port = free_port()
    running = Running(contender.command(), contender.environment(stage, port), log)
    probe, plot = WORKLOADS["typename"], stage.ground.reading
    try:
        running.wait_until(lambda: contender.is_ready(port, probe, plot))
    except BaseException:
        running.stop()
        raise
    return Entrant(contender, stage, port, running)
