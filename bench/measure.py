"""The measurements: each round measures every contender with the same workloads, in turns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.database import BenchDatabase
from bench.drivers import Driver, FanoutDriver, Sample
from bench.growth import measure_growth
from bench.normalize import difference
from bench.requests import ResponseError
from bench.results import Results
from bench.running_contenders import RunningContender
from bench.statements import count_statements
from bench.workloads import WORKLOADS, Shape, Workload

CONNECTIONS = 8
LEFT_OUT = "left out"
"""How the comparison of results begins for a contender that has no such operation."""
LATENCY_CONNECTIONS = (1, 8, 64)
LATENCY_WORKLOADS = ("nested", "one")
WORKLOAD_WITH_GROWTH = "nested"
_MIN_RESPONSES_PER_CONNECTION = 10
"""A slow contender is measured for longer, so that each connection can receive this number of responses, because
responses that arrive after the end are not counted. The duration is limited by `_MAX_EXTENSION`."""
_MAX_EXTENSION = 5
_MIN_RELATIVE_SIZE = 0.995
"""Minimum size of a response relative to the expected size. Microseconds may end in a zero that is omitted."""


@dataclass(frozen=True)
class BenchPlan:
    """Number of rounds, durations in seconds, and workloads."""

    rounds: int = 5
    seconds: int = 3
    warm_up: int = 2
    workloads: Sequence[Workload] = field(default_factory=lambda: list(WORKLOADS.values()))


class Measurement:
    """One run of the benchmark. It stores everything in `results`."""

    def __init__(
        self,
        database: BenchDatabase,
        contenders: Sequence[RunningContender],
        driver: Driver,
        plan: BenchPlan,
        results: Results,
    ) -> None:
        self._database = database
        self._contenders = list(contenders)
        self._driver = driver
        self._plan = plan
        self.results = results

    def run(self) -> None:
        """Make all measurements, in the order in which they are printed."""
        memory = {contender.name: contender.process.memory for contender in self._contenders}
        for workload in self._plan.workloads:
            self._compare_results(workload)
            self._count_statements(workload)
        self._warm_up()
        for number in range(self._plan.rounds):
            self._run_round(number)
        self._measure_latency()
        if any(workload.name == WORKLOAD_WITH_GROWTH for workload in self._plan.workloads):
            self.results.growth = measure_growth(self._contenders, self._plan.seconds)
        for contender in self._contenders:
            before, after = memory[contender.name], contender.process.memory
            self.results.memory[contender.name] = {"before": before, "after": after}
        for workload in self._plan.workloads:
            self._compare_results_again(workload)

    def _compare_results(self, workload: Workload) -> None:
        comparison = self.results.equal.setdefault(workload.name, {})
        reference = None
        for contender in self._contenders:
            if (reason := contender.contender.missing(workload)) is not None:
                comparison[contender.name] = f"{LEFT_OUT}: {reason}"
                continue
            try:
                result = contender.load_normalized_result(workload)
            except ResponseError as error:
                comparison[contender.name] = f"failed: {error}"
                continue
            reference = result if reference is None else reference
            first_difference = difference(reference, result)
            comparison[contender.name] = "yes" if first_difference is None else f"no: {first_difference}"

    def _compare_results_again(self, workload: Workload) -> None:
        """Report contenders whose results changed during the run; their figures are invalid."""
        before = self.results.equal[workload.name].copy()
        self._compare_results(workload)
        for name, comparison in self.results.equal[workload.name].items():
            if comparison != before[name]:
                self._report_problem(name, f"{workload.name}: results changed during the run, {comparison}")

    def _count_statements(self, workload: Workload) -> None:
        counts = self.results.statements.setdefault(workload.name, {})
        for contender in self._participants(workload):
            counts[contender.name] = count_statements(self._database, contender, workload)
            self._clean_up(workload)

    def _warm_up(self) -> None:
        for workload in self._plan.workloads:
            for contender in self._participants(workload):
                self._drive(contender, workload, CONNECTIONS, self._plan.warm_up)

    def _run_round(self, number: int) -> None:
        """Measure every contender with every workload. The order rotates from round to round."""
        print(f"Round {number + 1} of {self._plan.rounds}", flush=True)
        for workload in self._plan.workloads:
            participants = self._participants(workload)
            start = number % max(len(participants), 1)
            for contender in participants[start:] + participants[:start]:
                self._measure_throughput(contender, workload)

    def _measure_throughput(self, contender: RunningContender, workload: Workload) -> None:
        cpu_before = contender.process.cpu
        sample = self._drive(contender, workload, CONNECTIONS, self._plan.seconds)
        cpu_per_request = (contender.process.cpu - cpu_before) * 1000 / max(sample.responses, 1)
        for figures, figure in (
            (self.results.throughput, sample.per_second),
            (self.results.processor, cpu_per_request),
        ):
            figures.setdefault(workload.name, {}).setdefault(contender.name, []).append(figure)

    def _measure_latency(self) -> None:
        workloads = [workload for workload in self._plan.workloads if workload.name in LATENCY_WORKLOADS]
        for workload in workloads:
            for connections in LATENCY_CONNECTIONS:
                latencies = self.results.latency.setdefault(workload.name, {}).setdefault(connections, {})
                for contender in self._participants(workload):
                    sample = self._drive(contender, workload, connections, self._plan.seconds)
                    latencies[contender.name] = {"p50": sample.p50, "p99": sample.p99}

    def _drive(self, contender: RunningContender, workload: Workload, connections: int, seconds: int) -> Sample:
        size, response_time = contender.wait_until_idle(workload)
        min_seconds = math.ceil(response_time * connections * _MIN_RESPONSES_PER_CONNECTION)
        seconds = min(max(seconds, min_seconds), seconds * _MAX_EXTENSION)
        driver = self._driver if workload.shape is not Shape.FANOUT else _build_fanout_driver(contender, workload)
        sample = driver.drive(contender.port, contender.request(workload), connections, seconds)
        self._clean_up(workload)
        if problem := _find_problem(sample, size):
            self._report_problem(contender.name, f"{workload.name}, {connections} connections: {problem}")
        return sample

    def _participants(self, workload: Workload) -> list[RunningContender]:
        """Return the contenders that support the workload."""
        comparison = self.results.equal[workload.name]
        return [
            contender
            for contender in self._contenders
            if not comparison[contender.name].startswith(("failed", LEFT_OUT))
        ]

    def _clean_up(self, workload: Workload) -> None:
        if workload.writes:
            self._database.delete_created_rows()

    def _report_problem(self, name: str, problem: str) -> None:
        counts = self.results.problems.setdefault(name, {})
        counts[problem] = counts.get(problem, 0) + 1


def _build_fanout_driver(contender: RunningContender, workload: Workload) -> Driver:
    headers = contender.request(workload).headers
    return FanoutDriver(workload.sizes["subscribers"], contender.contender.subscription(), headers)


def _find_problem(sample: Sample, size: int) -> str | None:
    """Return what is wrong with the responses. Drivers detect errors by the HTTP status; a response with GraphQL errors
    is shorter than expected."""
    if sample.failures:
        return f"{sample.failures} failures"
    if not sample.per_second:
        return "no response within the duration"
    if sample.bytes_per_response < size * _MIN_RELATIVE_SIZE:
        return "responses are shorter than expected: some contained errors"
    return None
