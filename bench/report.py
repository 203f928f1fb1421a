"""Formats the results as tables for a terminal."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import TypeVar

from bench.results import Results

SUBJECT = "allotment"
GOALS = {
    "nested": {"mercurius": 3.0, "floor": 0.95},
    "list": {"floor": 0.75},
    "one": {"postgraphile-tenant": 1.6, "floor": 0.6},
    "deep": {"floor": 0.75},
    "typename": {"postgraphile": 1.0, "floor": 0.6},
    "create": {"postgraphile-tenant": 1.0, "idiomatic": 6.0},
}
"""The ratio to another contender's requests per second that this server should reach, by workload."""

Column = TypeVar("Column")
ABSENT = "-"


def format_report(results: Results) -> str:
    """Return all tables and remarks."""
    cells = _Cells(results)
    names, others, workloads, growth = cells.names, cells.others, cells.workloads, list(results.growth)
    tables = (
        format_table(
            "Requests per second: median, and half the range of the rounds", names, workloads, cells.throughput
        ),
        format_table(f"{SUBJECT}: requests per second as a multiple of theirs (goal)", others, workloads, cells.ratio),
        format_table("Processor time of the contender per request, ms", names, workloads, cells.processor),
        format_table("Statements per operation + transaction control", names, workloads, cells.statements),
        format_table("Latency, p50/p99 in ms, by connections", names, cells.latency_columns, cells.latency),
        format_table("Milliseconds per operation, by objects in the result", names, growth, cells.growth),
        format_table("Resident memory in MB", names, ("before", "after"), cells.memory),
        format_table("Result equals that of the first contender", names, workloads, cells.equal),
        "\n".join(cells.remarks()),
    )
    return "\n\n".join(table for table in tables if table)


class _Cells:
    """Formats the cells of each table."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self.names = [name for name in results.contenders if name not in results.skipped]
        self.others = [name for name in self.names if name != SUBJECT] if SUBJECT in self.names else []
        self.workloads = list(results.equal)
        self.latency_columns = [
            f"{name} {connections}" for name, latencies in results.latency.items() for connections in latencies
        ]

    def throughput(self, name: str, workload: str) -> str | None:
        median_rate = self._results.median(workload, name)
        if not median_rate:
            return None
        figures = self._results.throughput[workload][name]
        return f"{_format_number(median_rate)} ±{(max(figures) - min(figures)) / median_rate / 2:.0%}"

    def processor(self, name: str, workload: str) -> str | None:
        figures = self._results.processor.get(workload, {}).get(name)
        return f"{median(figures):.2f}" if figures else None

    def ratio(self, name: str, workload: str) -> str | None:
        ratio = self._results.ratio(workload, SUBJECT, name)
        goal = GOALS.get(workload, {}).get(name)
        goal_text = "" if goal is None else f" (≥{goal:g})"
        return None if ratio is None else f"{ratio:.2f}{goal_text}"

    def statements(self, name: str, workload: str) -> str | None:
        counts = self._results.statements.get(workload, {}).get(name)
        return f"{counts['statements']:g} + {counts['control']:g}" if counts else None

    def latency(self, name: str, column: str) -> str | None:
        workload, _, connections = column.rpartition(" ")
        latency = self._results.latency[workload][int(connections)].get(name)
        return f"{latency['p50']:.1f}/{latency['p99']:.1f}" if latency and latency["p99"] else None

    def growth(self, name: str, objects: int) -> str | None:
        milliseconds = self._results.growth[objects].get(name)
        return None if milliseconds is None else f"{milliseconds:.1f}"

    def memory(self, name: str, when: str) -> str | None:
        megabytes = self._results.memory.get(name)
        return f"{megabytes[when]:.0f}" if megabytes else None

    def equal(self, name: str, workload: str) -> str:
        return self._results.equal[workload][name].partition(":")[0]

    def remarks(self) -> Iterator[str]:
        """Yield the lines below the tables: skipped contenders, notes, problems, and differences between results."""
        yield from (f"Skipped {name}: {reason}" for name, reason in self._results.skipped.items())
        yield from (f"{name}: {remark}" for name, remark in self._results.remarks.items())
        for name, problems in self._results.problems.items():
            yield from (f"{name}: {problem} ({times} times)" for problem, times in problems.items())
        for workload, comparison in self._results.equal.items():
            yield from (f"{name}, {workload}: {text}" for name, text in comparison.items() if text != "yes")


def format_table(
    title: str, rows: Sequence[str], columns: Sequence[Column], cell: Callable[[str, Column], str | None]
) -> str:
    """Return a table with a line per row; an empty string if there are no rows or no columns."""
    if not rows or not columns:
        return ""
    head = ["", *(str(column) for column in columns)]
    lines = [head, *([row, *(cell(row, column) or ABSENT for column in columns)] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(head))]
    return "\n".join((title, *("  " + _format_line(line, widths) for line in lines)))


def _format_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        text.ljust(width) if index == 0 else text.rjust(width)
        for index, (text, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((first, *others))


def _format_number(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"  # noqa: PLR2004  (three digits are enough)
