"""What a run found out, as it is kept in the JSON file."""

import dataclasses
import platform
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psutil

from bench.contenders import Contender

ByContender = dict[str, Any]


@dataclass
class Results:
    """By workload, then by contender; what a contender refused is not there."""

    conditions: dict[str, Any]
    contenders: dict[str, str]
    remarks: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    throughput: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Requests a second, a figure a round."""
    processor: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Milliseconds of processor time of its own that the contender took for a request, a figure a round."""
    problems: dict[str, dict[str, int]] = field(default_factory=dict)
    """By contender, what went wrong while it was driven, and how often."""
    equal: dict[str, dict[str, str]] = field(default_factory=dict)
    """"yes", or where the answer differs from the first contender's, or how it was refused."""
    statements: dict[str, ByContender] = field(default_factory=dict)
    latency: dict[str, dict[int, ByContender]] = field(default_factory=dict)
    """By number of connections: milliseconds."""
    memory: ByContender = field(default_factory=dict)
    """Megabytes, before anything was driven and after."""
    growth: dict[int, ByContender] = field(default_factory=dict)
    """By number of objects: milliseconds an operation, on one connection."""

    def median(self, workload: str, contender: str) -> float | None:
        """Requests a second."""
        found = self.throughput.get(workload, {}).get(contender)
        return median(found) if found else None

    def ratio(self, workload: str, one: str, other: str) -> float | None:
        """How many times as many requests the one answers."""
        more, less = self.median(workload, one), self.median(workload, other)
        return more / less if more and less else None

    def as_dict(self) -> dict[str, Any]:
        """For the file, with the medians."""
        medians = {
            workload: {name: self.median(workload, name) for name in found}
            for workload, found in self.throughput.items()
        }
        return dataclasses.asdict(self) | {"medians": medians}


def machine() -> dict[str, Any]:
    """What the figures depend on, without saying whose machine it is."""
    return {
        "processors": psutil.cpu_count(),
        "load_before": psutil.getloadavg()[0],
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def described(contenders: list[Contender]) -> dict[str, str]:
    """Name and description of each."""
    return {each.name: each.about for each in contenders}
