"""The results of a run, in the form of the JSON file."""

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
    """Figures by workload, then by contender. A contender that does not support a workload is left out."""

    conditions: dict[str, Any]
    contenders: dict[str, str]
    remarks: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    throughput: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Requests per second, one figure per round."""
    processor: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """Milliseconds of processor time of the contender per request, one figure per round."""
    problems: dict[str, dict[str, int]] = field(default_factory=dict)
    """By contender: problems during measurements, and how often they occurred."""
    equal: dict[str, dict[str, str]] = field(default_factory=dict)
    """"yes", or the difference from the first contender's result, or the error."""
    statements: dict[str, ByContender] = field(default_factory=dict)
    latency: dict[str, dict[int, ByContender]] = field(default_factory=dict)
    """By number of connections: milliseconds."""
    memory: ByContender = field(default_factory=dict)
    """Megabytes, before and after the measurements."""
    growth: dict[int, ByContender] = field(default_factory=dict)
    """By number of objects: milliseconds per operation, on one connection."""

    def median(self, workload: str, contender: str) -> float | None:
        """Return the median of the requests per second."""
        figures = self.throughput.get(workload, {}).get(contender)
        return median(figures) if figures else None

    def ratio(self, workload: str, contender: str, other: str) -> float | None:
        """Return the contender's requests per second divided by the other's."""
        dividend, divisor = self.median(workload, contender), self.median(workload, other)
        return dividend / divisor if dividend and divisor else None

    def as_dict(self) -> dict[str, Any]:
        """Return the content of the JSON file, including the medians."""
        medians = {
            workload: {name: self.median(workload, name) for name in figures}
            for workload, figures in self.throughput.items()
        }
        return dataclasses.asdict(self) | {"medians": medians}


def machine_info() -> dict[str, Any]:
    """Return properties of the machine that affect the figures, without identifying it."""
    return {
        "processors": psutil.cpu_count(),
        "load_before": psutil.getloadavg()[0],
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def describe_contenders(contenders: list[Contender]) -> dict[str, str]:
    """Return the description of each contender by its name."""
    return {contender.name: contender.description for contender in contenders}
