"""Measures how the time of an operation grows with the number of objects in its result."""

import http.client
import time
from collections.abc import Sequence
from statistics import median

from bench.normalize import count_objects
from bench.requests import HOST, TIMEOUT_SECONDS, Request, ResponseError
from bench.running_contenders import RunningContender
from bench.workloads import GROWTH_WORKLOADS, Workload

_MIN_OPERATIONS = 3


def measure_growth(contenders: Sequence[RunningContender], seconds: int) -> dict[int, dict[str, float]]:
    """Return milliseconds per operation on one connection, by the number of objects in the result."""
    times: dict[int, dict[str, float]] = {}
    for workload in GROWTH_WORKLOADS:
        for contender in contenders:
            objects = _count_objects(contender, workload)
            if objects is not None:
                times_by_name = times.setdefault(objects, {})
                times_by_name[contender.name] = _measure_milliseconds(
                    contender.port, contender.request(workload), seconds
                )
    return times


def _count_objects(contender: RunningContender, workload: Workload) -> int | None:
    try:
        return count_objects(contender.load_normalized_result(workload))
    except ResponseError:
        return None


def _measure_milliseconds(port: int, request: Request, seconds: int) -> float:
    """Return the median of the operations that fit into the duration, and of at least three."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    times: list[float] = []
    start = time.perf_counter()
    try:
        while len(times) < _MIN_OPERATIONS or time.perf_counter() - start < seconds:
            sent = time.perf_counter()
            connection.request("POST", request.path, request.body, dict(request.headers))
            connection.getresponse().read()
            times.append(time.perf_counter() - sent)
    finally:
        connection.close()
    return median(times) * 1000
