"""Checks that the limits of the settings fit each other and this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from server.cli.checks.result import CheckResult, ok, warning
from server.config.settings import Settings

MEBIBYTE = 1024 * 1024
WORKER_BYTES = 150 * MEBIBYTE
"""The memory of a worker process without requests."""
ROWS_BYTES = 4 * MEBIBYTE
"""The memory of a large request that is executed, apart from its response: its rows and its objects."""
UNCOUNTED_BYTES = 128 * 1024
"""The memory of a body and a response that MAX_REQUEST_MEMORY_BYTES does not count."""
POINTS_PER_SECOND = 500_000
"""About what a process answers: 842 points of `python -m bench.inside nested` take 1.65 ms of processor time."""
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_MEMORY_INFO = Path("/proc/meminfo")


def check_capacity(settings: Settings) -> list[CheckResult]:
    """Check the limits. None of these results is a failure."""
    results = [*_check_workers(settings), *_check_memory(settings), *_check_timeouts(settings)]
    results += [*_check_connections(settings), *_check_budgets(settings)]
    return results or [ok("limits: fit this machine")]


def _check_workers(settings: Settings) -> Iterator[CheckResult]:
    cores = _count_cores()
    if settings.workers > 2 * cores:
        yield warning(f"workers: {settings.workers} processes on {cores} cores", "set WORKERS to the number of cores")


def _check_memory(settings: Settings) -> Iterator[CheckResult]:
    available = available_memory()
    executing = settings.max_concurrent_requests * (ROWS_BYTES + settings.max_response_bytes)
    waiting = (settings.max_concurrent_requests + settings.max_queued_requests) * UNCOUNTED_BYTES
    needed = settings.workers * (WORKER_BYTES + executing + waiting + settings.max_request_memory_bytes)
    if available is not None and needed > available:
        message = f"memory: at the limits, all workers need about {needed // MEBIBYTE} MiB"
        remedy = "lower MAX_REQUEST_MEMORY_BYTES, MAX_RESPONSE_BYTES, MAX_CONCURRENT_REQUESTS or WORKERS"
        yield warning(f"{message}; this machine or container has {available // MEBIBYTE} MiB", remedy)
    largest = max(settings.max_response_bytes, settings.max_body_bytes)
    if settings.max_request_memory_bytes < 4 * largest:
        message = f"request memory: an address may use a quarter of {settings.max_request_memory_bytes} bytes"
        remedy = "raise MAX_REQUEST_MEMORY_BYTES, or lower MAX_RESPONSE_BYTES and MAX_BODY_BYTES"
        yield warning(f"{message}, but a request or response may have {largest}", remedy)


def _check_timeouts(settings: Settings) -> Iterator[CheckResult]:
    if settings.request_timeout < settings.db_statement_timeout:
        message = f"timeouts: a request may take {settings.request_timeout:g} s, but a statement"
        remedy = "lower DB_STATEMENT_TIMEOUT below REQUEST_TIMEOUT"
        yield warning(f"{message} {settings.db_statement_timeout:g} s", remedy)
    if settings.request_timeout < settings.db_pool_timeout:
        message = (
            f"timeouts: a request may take {settings.request_timeout:g} s, but wait {settings.db_pool_timeout:g} s"
        )
        yield warning(f"{message} for a connection", "lower DB_POOL_TIMEOUT below REQUEST_TIMEOUT")


def _check_connections(settings: Settings) -> Iterator[CheckResult]:
    connections = settings.db_pool_size + settings.db_max_overflow
    if settings.max_concurrent_requests > connections:
        message = (
            f"connections: {settings.max_concurrent_requests} requests are executed with {connections} connections"
        )
        remedy = "lower MAX_CONCURRENT_REQUESTS to DB_POOL_SIZE + DB_MAX_OVERFLOW, or raise these"
        yield warning(f"{message} per process, so they wait for each other", remedy)


def _check_budgets(settings: Settings) -> Iterator[CheckResult]:
    processes = min(settings.workers, _count_cores())
    budgets = {
        "a user or an API key": ("COST_PER_SECOND_PRINCIPAL", settings.cost_per_second_principal),
        "a tenant": ("COST_PER_SECOND_TENANT", settings.cost_per_second_tenant),
    }
    for owner, (name, points) in budgets.items():
        if points > processes * POINTS_PER_SECOND:
            message = f"cost budgets: {owner} may use {points:,} points per second"
            capacity = f"{processes} process{'' if processes == 1 else 'es'} answer about"
            remedy = f"lower {name}, so that one client cannot use all processes; 0 for no budget"
            yield warning(f"{message}; on this machine, {capacity} {processes * POINTS_PER_SECOND:,}", remedy)


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int | None:
    """Return the bytes that this process may use: the limit of its container, or the machine's memory; None if neither
    is known."""
    limits = [limit for limit in (_read_number(path) for path in _CGROUP_LIMITS) if limit is not None]
    if _MEMORY_INFO.exists():
        total = _MEMORY_INFO.read_text().partition("MemTotal:")[2].split()
        limits += [int(total[0]) * 1024] if total else []
    return min(limits, default=None)


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # "max": no limit
        return None
