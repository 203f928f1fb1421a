"""How the time of one operation grows with the objects it answers."""

import http.client
import time
from collections.abc import Sequence
from statistics import median

from bench.entrants import Entrant
from bench.normalise import count_objects
from bench.requests import HOST, PATIENCE, Refused, Request
from bench.workloads import GROWTH, Workload

_AT_LEAST = 3


def growth(entrants: Sequence[Entrant], seconds: int) -> dict[int, dict[str, float]]:
    """Milliseconds an operation on one connection, by the number of objects in its answer."""
    found: dict[int, dict[str, float]] = {}
    for workload in GROWTH:
        for entrant in entrants:
            objects = _objects(entrant, workload)
            if objects is not None:
                times = found.setdefault(objects, {})
                times[entrant.name] = _milliseconds(entrant.port, entrant.request(workload), seconds)
    return found


def _objects(entrant: Entrant, workload: Workload) -> int | None:
    try:
        return count_objects(entrant.answer(workload))
    except Refused:
        return None


def _milliseconds(port: int, request: Request, seconds: int) -> float:
    """The median of as many operations as fit into the time, and of a few in any case."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    times: list[float] = []
    began = time.perf_counter()
    try:
        while len(times) < _AT_LEAST or time.perf_counter() - began < seconds:
            asked = time.perf_counter()
            connection.request("POST", request.path, request.body, dict(request.headers))
            connection.getresponse().read()
            times.append(time.perf_counter() - asked)
    finally:
        connection.close()
    return median(times) * 1000
