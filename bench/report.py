"""The results, to be read in a terminal."""

from collections.abc import Iterator
from statistics import median

from bench.goals import GOALS
from bench.results import Results
from bench.tables import table

SUBJECT = "allotment"


def report(results: Results) -> str:
    """All of it."""
    view = _View(results)
    tables = (
        table("Requests a second: median, and how far rounds lie apart", view.names, view.workloads, view.throughput),
        table(f"{SUBJECT} answers so many times their requests (goal)", view.others, view.workloads, view.ratio),
        table("Processor time of its own for a request, ms", view.names, view.workloads, view.processor),
        table("Statements an operation + transaction control", view.names, view.workloads, view.statements),
        table("Latency, p50/p99 in ms, by connections", view.names, view.latencies, view.latency),
        table("Milliseconds an operation, by objects in the answer", view.names, list(results.growth), view.growth),
        table("Resident memory in MB", view.names, ("before", "after"), view.memory),
        table("Answer equal to the first one's", view.names, view.workloads, view.equal),
        "\n".join(view.remarks()),
    )
    return "\n\n".join(part for part in tables if part)


class _View:
    """What stands in each table's cells."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self.names = [name for name in results.contenders if name not in results.skipped]
        self.others = [name for name in self.names if name != SUBJECT] if SUBJECT in self.names else []
        self.workloads = list(results.equal)
        self.latencies = [f"{name} {number}" for name, found in results.latency.items() for number in found]

    def throughput(self, name: str, workload: str) -> str | None:
        middle = self._results.median(workload, name)
        if not middle:
            return None
        found = self._results.throughput[workload][name]
        return f"{_figure(middle)} ±{(max(found) - min(found)) / middle / 2:.0%}"

    def processor(self, name: str, workload: str) -> str | None:
        found = self._results.processor.get(workload, {}).get(name)
        return f"{median(found):.2f}" if found else None

    def ratio(self, name: str, workload: str) -> str | None:
        ratio = self._results.ratio(workload, SUBJECT, name)
        goal = GOALS.get(workload, {}).get(name)
        wanted = "" if goal is None else f" (≥{goal:g})"
        return None if ratio is None else f"{ratio:.2f}{wanted}"

    def statements(self, name: str, workload: str) -> str | None:
        found = self._results.statements.get(workload, {}).get(name)
        return f"{found['statements']:g} + {found['control']:g}" if found else None

    def latency(self, name: str, column: str) -> str | None:
        workload, _, connections = column.rpartition(" ")
        found = self._results.latency[workload][int(connections)].get(name)
        return f"{found['p50']:.1f}/{found['p99']:.1f}" if found and found["p99"] else None

    def growth(self, name: str, objects: int) -> str | None:
        found = self._results.growth[objects].get(name)
        return None if found is None else f"{found:.1f}"

    def memory(self, name: str, when: str) -> str | None:
        found = self._results.memory.get(name)
        return f"{found[when]:.0f}" if found else None

    def equal(self, name: str, workload: str) -> str:
        return self._results.equal[workload][name].partition(":")[0]

    def remarks(self) -> Iterator[str]:
        """Whatever a reader of the tables must know besides."""
        yield from (f"Skipped {name}: {why}" for name, why in self._results.skipped.items())
        yield from (f"{name}: {remark}" for name, remark in self._results.remarks.items())
        for name, problems in self._results.problems.items():
            yield from (f"{name}: {problem} ({times} times)" for problem, times in problems.items())
        for workload, found in self._results.equal.items():
            yield from (f"{name}, {workload}: {said}" for name, said in found.items() if said != "yes")


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"  # noqa: PLR2004  (three digits tell enough)
