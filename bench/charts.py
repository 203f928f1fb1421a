"""Draws images: the results of a run (throughput by workload, time by size of the result, memory), and the ratios of
all recorded runs over time."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from bench.results import Results


def draw_charts(results: Results, file: Path) -> None:
    """Write the charts to a PNG file."""
    names = [name for name in results.contenders if name not in results.skipped]
    colors = {name: f"C{number}" for number, name in enumerate(names)}
    figure = Figure(figsize=(14, 11), layout="constrained")
    subfigures: Any = figure.subfigures(2, 1, height_ratios=(3, 2))
    upper, lower = subfigures
    upper.suptitle("Requests per second: medians, with the slowest and the fastest round")
    workloads = list(results.throughput)
    columns = max(1, (len(workloads) + 1) // 2)
    axes = upper.subplots(2, columns, squeeze=False).flatten()
    for axis, workload in zip(axes, workloads, strict=False):
        _draw_throughput(axis, results, workload, colors)
    for axis in axes[len(workloads) :]:
        axis.set_visible(False)
    growth_axis, memory_axis = lower.subplots(1, 2)
    _draw_growth(growth_axis, results, colors)
    _draw_memory(memory_axis, results, colors)
    figure.savefig(file, dpi=110)


def draw_history(labels: Sequence[str], charts: Mapping[str, Mapping[str, Sequence[float | None]]], file: Path) -> None:
    """Write a chart for each workload to a PNG file. A label names a run; a line has a value or a gap for each run."""
    names = dict.fromkeys(name for lines in charts.values() for name in lines)
    colors = {name: f"C{number}" for number, name in enumerate(names)}
    rows = (len(charts) + 1) // 2
    figure = Figure(figsize=(14, 3.5 * rows), layout="constrained")
    figure.suptitle("Requests per second of this server as a multiple of theirs, in each recorded run")
    axes = figure.subplots(rows, 2, squeeze=False).flatten()
    for axis, (workload, lines) in zip(axes, charts.items(), strict=False):
        for name, values in lines.items():
            axis.plot(range(len(labels)), [value or math.nan for value in values], "o-", color=colors[name], label=name)
        axis.set_title(workload)
        axis.set_xticks(range(len(labels)), labels, fontsize=8)
        axis.set_yscale("log")
        axis.grid(visible=True, which="both", alpha=0.3)
        axis.legend(fontsize=8)
    for axis in axes[len(charts) :]:
        axis.set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)


def _draw_throughput(axis: Any, results: Results, workload: str, colors: dict[str, str]) -> None:
    figures = results.throughput[workload]
    names = list(reversed([name for name in colors if name in figures]))
    medians = [results.median(workload, name) or 0.0 for name in names]
    below = [median - min(figures[name]) for name, median in zip(names, medians, strict=True)]
    above = [max(figures[name]) - median for name, median in zip(names, medians, strict=True)]
    axis.barh(names, medians, xerr=(below, above), color=[colors[name] for name in names])
    for row, (name, median) in enumerate(zip(names, medians, strict=True)):
        axis.annotate(f" {median:,.0f}", (max(figures[name]), row), va="center", fontsize=8)
    axis.set_title(workload)
    axis.margins(x=0.2)


def _draw_growth(axis: Any, results: Results, colors: dict[str, str]) -> None:
    axis.set_title("Milliseconds per operation, by objects in the result")
    for name, color in colors.items():
        points = [(objects, times[name]) for objects, times in results.growth.items() if name in times]
        if points:
            axis.loglog(*zip(*points, strict=True), marker="o", color=color, label=name)
    if results.growth:
        axis.legend(fontsize=8)
    axis.grid(visible=True, which="both", alpha=0.3)


def _draw_memory(axis: Any, results: Results, colors: dict[str, str]) -> None:
    axis.set_title("Resident memory after the run, MB")
    names = list(reversed([name for name in colors if name in results.memory]))
    axis.barh(names, [results.memory[name]["after"] for name in names], color=[colors[name] for name in names])
