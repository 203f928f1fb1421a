"""Metrics and their values, in a form that processes can send to each other."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

Labels = tuple[str, ...]
Value = float | list[float]
"""A number; for a histogram the number of observations in each bucket, and then their sum."""


class Kind(StrEnum):
    """The type of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Merge(StrEnum):
    """How the values of several processes become one."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"


@dataclass(frozen=True)
class Metric:
    """The name and the meaning of a metric. `bounds` are the upper bounds of a histogram's buckets but the last."""

    name: str
    kind: Kind
    description: str
    labels: Labels = ()
    merge: Merge = Merge.SUM
    bounds: tuple[float, ...] = ()


@dataclass
class Family:
    """The values of a metric by its labels."""

    metric: Metric
    values: dict[Labels, Value] = field(default_factory=dict)

    def add(self, labels: Labels, value: Value) -> None:
        """Add a value of another process to the value with the same labels."""
        present = self.values.get(labels)
        if present is None:
            self.values[labels] = list(value) if isinstance(value, list) else value
        elif isinstance(present, list) and isinstance(value, list):
            self.values[labels] = [a + b for a, b in zip(present, value, strict=True)]
        elif not isinstance(present, list) and not isinstance(value, list):
            self.values[labels] = _merge(self.metric.merge, present, value)


def _merge(merge: Merge, one: float, other: float) -> float:
    match merge:
        case Merge.MAX:
            return max(one, other)
        case Merge.MIN:
            return min(one, other)
        case _:
            return one + other


class Histogram:
    """Counts observations in buckets. One per label set; not thread-safe, but readable from other threads."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one observation."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def value(self) -> list[float]:
        """Return the value for a Family."""
        return [*self.counts, self.total]


def single(metric: Metric, value: Value, *labels: str) -> Family:
    """Return a family of any kind with one value."""
    return Family(metric, {labels: value})


def encode_families(families: Sequence[Family]) -> list[Any]:
    """Return what JSON can represent."""
    return [{"metric": asdict(each.metric), "values": list(each.values.items())} for each in families]


def decode_families(encoded: Sequence[Any]) -> list[Family]:
    """Return the families of another process, which may be of another release: unknown properties are ignored."""
    return [
        Family(_decode_metric(each["metric"]), {tuple(labels): value for labels, value in each["values"]})
        for each in encoded
    ]


def _decode_metric(properties: dict[str, Any]) -> Metric:
    return Metric(
        properties["name"],
        Kind(properties["kind"]),
        properties["description"],
        tuple(properties["labels"]),
        Merge(properties["merge"]),
        tuple(properties["bounds"]),
    )
