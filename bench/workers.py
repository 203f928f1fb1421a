"""Measures what worker processes bring: requests per second of `allotment serve` with 1, 2 and 4 workers.

    python -m bench.workers [--short]

It starts its own PostgreSQL server, and one server at a time. On fewer than four cores it refuses: the workers would
only compete with each other, and with PostgreSQL and the client, which need processor time too.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.contenders.allotment import Allotment
from bench.database import BenchDatabase
from bench.drivers import BuiltInDriver, Driver, WrkDriver, find_wrk
from bench.running_contenders import RunningContender, start_contenders
from bench.workloads import WORKLOADS

MIN_CORES = 4
WORKERS = (1, 2, 4)
NAMES = ("typename", "deep", "create")
CONNECTIONS = 64
ROUNDS, SECONDS, SCALE = 3, 5, 0.3


class AllotmentWithWorkers(Allotment):
    """The server with a number of workers."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        return {**super().environment(database, port), "WORKERS": str(self._workers)}


def main() -> None:
    """Measure, and print requests per second and their ratios to those of one worker."""
    cores = count_cores()
    if cores < MIN_CORES:
        sys.exit(f"bench.workers needs at least {MIN_CORES} cores to compare workers; this machine has {cores}.")
    seconds, rounds = (1, 1) if "--short" in sys.argv else (SECONDS, ROUNDS)
    driver: Driver = WrkDriver(wrk) if (wrk := find_wrk()) else BuiltInDriver()
    print(f"{cores} cores, {driver.name}, {CONNECTIONS} connections, median of {rounds} rounds")
    rates: dict[tuple[str, int], list[float]] = {}
    with BenchDatabase(SCALE) as database, tempfile.TemporaryDirectory() as logs:
        for _ in range(rounds):
            for workers in WORKERS:
                with start_contenders([AllotmentWithWorkers(workers)], database, Path(logs)) as (running,):
                    for name in NAMES:
                        rates.setdefault((name, workers), []).append(measure(running, driver, name, seconds))
    for name in NAMES:
        print(format_rates(name, [statistics.median(rates[name, workers]) for workers in WORKERS]))


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measure(running: RunningContender, driver: Driver, name: str, seconds: int) -> float:
    """Return the requests per second of a workload, after a second in which all workers warm up."""
    request = running.request(WORKLOADS[name])
    driver.drive(running.port, request, CONNECTIONS, 1)
    sample = driver.drive(running.port, request, CONNECTIONS, seconds)
    if sample.failures:
        raise SystemExit(f"{name}: {sample.failures} requests failed")
    return sample.per_second


def format_rates(name: str, rates: list[float]) -> str:
    """Return a line with the rates of a workload, and their ratios to the first one."""
    columns = (
        f"{workers} workers {rate:8.0f} ({rate / rates[0]:.2f})" for workers, rate in zip(WORKERS, rates, strict=True)
    )
    return f"{name:<10} {'   '.join(columns)}"


if __name__ == "__main__":
    main()
