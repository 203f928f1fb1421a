"""The results as one picture: throughput by workload, and the growth of time with size."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from bench.results import Results


def plot(results: Results, file: Path) -> None:
    """Draw it into a PNG file."""
    names = [name for name in results.contenders if name not in results.skipped]
    colours = {name: f"C{number}" for number, name in enumerate(names)}
    figure = Figure(figsize=(14, 11), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(3, 2))
    upper, lower = parts
    upper.suptitle("Requests a second: medians, with the lowest and the highest round")
    workloads = list(results.throughput)
    columns = max(1, (len(workloads) + 1) // 2)
    axes = upper.subplots(2, columns, squeeze=False).flatten()
    for axis, workload in zip(axes, workloads, strict=False):
        _bars(axis, results, workload, colours)
    for axis in axes[len(workloads) :]:
        axis.set_visible(False)
    growth, memory = lower.subplots(1, 2)
    _growth(growth, results, colours)
    _memory(memory, results, colours)
    figure.savefig(file, dpi=110)


def _bars(axis: Any, results: Results, workload: str, colours: dict[str, str]) -> None:
    found = results.throughput[workload]
    names = list(reversed([name for name in colours if name in found]))
    medians = [results.median(workload, name) or 0.0 for name in names]
    below = [median - min(found[name]) for name, median in zip(names, medians, strict=True)]
    above = [max(found[name]) - median for name, median in zip(names, medians, strict=True)]
    axis.barh(names, medians, xerr=(below, above), color=[colours[name] for name in names])
    for place, (name, median) in enumerate(zip(names, medians, strict=True)):
        axis.annotate(f" {median:,.0f}", (max(found[name]), place), va="center", fontsize=8)
    axis.set_title(workload)
    axis.margins(x=0.2)


def _growth(axis: Any, results: Results, colours: dict[str, str]) -> None:
    axis.set_title("Milliseconds an operation, by objects in the answer")
    for name, colour in colours.items():
        points = [(objects, found[name]) for objects, found in results.growth.items() if name in found]
        if points:
            axis.loglog(*zip(*points, strict=True), marker="o", color=colour, label=name)
    if results.growth:
        axis.legend(fontsize=8)
    axis.grid(visible=True, which="both", alpha=0.3)


def _memory(axis: Any, results: Results, colours: dict[str, str]) -> None:
    axis.set_title("Resident memory after the run, MB")
    names = list(reversed([name for name in colours if name in results.memory]))
    axis.barh(names, [results.memory[name]["after"] for name in names], color=[colours[name] for name in names])
