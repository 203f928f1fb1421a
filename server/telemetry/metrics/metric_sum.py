"""The sum of the metrics of several processes. What an ended process has counted stays in it."""

from collections.abc import Iterable, Sequence
from threading import Lock

from server.telemetry.metrics.catalog import WORKERS, WORKERS_ENDED
from server.telemetry.metrics.family import Family, Kind, Metric, single


class MetricSum:
    """The newest metrics of each process, and the counters of those that have ended. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[int, Sequence[Family]] = {}
        self._ended: list[Family] = []
        self._number_ended = 0

    def update(self, process: int, families: Sequence[Family]) -> None:
        """Replace the metrics of a process."""
        with self._lock:
            self._running[process] = families

    def end(self, process: int) -> None:
        """Note that a process has ended: its gauges are gone, its counters stay."""
        with self._lock:
            families = self._running.pop(process, None)
            if families is not None:
                counted = [each for each in families if each.metric.kind is not Kind.GAUGE]
                self._ended = merge_families([*self._ended, *counted])
                self._number_ended += 1

    def collect(self) -> list[Family]:
        """Return the sum."""
        with self._lock:
            families = [*self._ended, *(family for each in self._running.values() for family in each)]
            own = [single(WORKERS, len(self._running)), single(WORKERS_ENDED, self._number_ended)]
        return [*merge_families(families), *own]


def merge_families(families: Iterable[Family]) -> list[Family]:
    """Return one family for each metric. If releases define a metric differently, the last definition counts, with the
    values that fit it."""
    merged: dict[str, Family] = {}
    for family in families:
        target = merged.get(family.metric.name)
        if target is None or not _is_addable(target.metric, family.metric):
            target = merged[family.metric.name] = Family(family.metric)
        for labels, value in family.values.items():
            target.add(labels, value)
    return list(merged.values())


def _is_addable(one: Metric, other: Metric) -> bool:
    return (one.kind, one.labels, one.bounds) == (other.kind, other.labels, other.bounds)
