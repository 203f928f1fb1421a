"""The history of the benchmark: a line in bench/history.jsonl for each recorded run, and a chart of the ratios.

    python -m bench.history [--history FILE] [--out FILE]

Requests per second depend on the machine. So an entry has ratios of medians that were measured in one run: to the other
contenders, and to the floor's constant response, which also gives workloads without other contenders a number.
"""

import datetime
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from bench.report import SUBJECT
from bench.results import Results
from server.config.paths import PROJECT_ROOT
from server.config.version import program_version

HISTORY_FILE = Path(__file__).parent / "history.jsonl"
CHART_FILE = PROJECT_ROOT / "docs" / "images" / "bench-history.png"
CONSTANT = ("typename", "floor")
"""The workload and the contender that all of this server's medians are divided by."""
MACHINE = ("processors", "architecture", "python", "postgresql", "driver", "rounds", "seconds", "scale", "load_before")
"""The conditions of a run that an entry repeats."""


@dataclass(frozen=True)
class HistoryEntry:
    """One run."""

    date: str
    version: str
    commit: str
    machine: dict[str, Any]
    ratios: dict[str, dict[str, float]] = field(default_factory=dict)
    """By workload and other contender: this server's requests per second as a multiple of the other's."""
    relative: dict[str, float] = field(default_factory=dict)
    """By workload: the same as a multiple of the floor's constant responses per second."""


def build_entry(results: Results, commit: str, date: datetime.date) -> HistoryEntry:
    """Return the entry of a run."""
    ratios: dict[str, dict[str, float]] = {}
    relative: dict[str, float] = {}
    constant = results.median(*CONSTANT)
    for workload in results.throughput:
        found = {name: results.ratio(workload, SUBJECT, name) for name in results.contenders if name != SUBJECT}
        ratios[workload] = {name: round(ratio, 3) for name, ratio in found.items() if ratio is not None}
        if constant and (median := results.median(workload, SUBJECT)):
            relative[workload] = round(median / constant, 4)
    machine = {name: results.conditions[name] for name in MACHINE if name in results.conditions}
    return HistoryEntry(date.isoformat(), program_version(), commit, machine, ratios, relative)


def append_entry(file: Path, results: Results) -> HistoryEntry:
    """Append the entry of a run that has just ended to a file."""
    entry = build_entry(results, find_commit(), datetime.datetime.now(datetime.UTC).date())
    with file.open("ab") as history:
        history.write(orjson.dumps(asdict(entry), option=orjson.OPT_APPEND_NEWLINE))
    return entry


def load_entries(file: Path) -> list[HistoryEntry]:
    """Return the entries of a file, the oldest first; none if there is no such file."""
    if not file.exists():
        return []
    return [HistoryEntry(**orjson.loads(line)) for line in file.read_bytes().splitlines() if line.strip()]


def find_commit() -> str:
    """Return the commit of the checkout; with a plus sign if files were changed since."""
    commit = _git("rev-parse", "--short=10", "HEAD")
    return f"{commit}+" if _git("status", "--porcelain", "--untracked-files=no") else commit


def build_series(entries: Sequence[HistoryEntry]) -> dict[str, dict[str, list[float | None]]]:
    """Return a chart for each workload: a line for each contender, with a value or a gap for each entry."""
    charts: dict[str, dict[str, list[float | None]]] = {}
    for workload in dict.fromkeys(name for entry in entries for name in entry.ratios):
        others = dict.fromkeys(name for entry in entries for name in entry.ratios.get(workload, {}))
        lines = {name: [entry.ratios.get(workload, {}).get(name) for entry in entries] for name in others}
        lines["constant response"] = [entry.relative.get(workload) for entry in entries]
        charts[workload] = {name: values for name, values in lines.items() if any(values)}
    return charts


def _git(*arguments: str) -> str:
    completed = subprocess.run(["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    return completed.stdout.strip() or ("unknown" if completed.returncode else "")


def main(
    history: Annotated[Path, typer.Option(help="The file with the entries.")] = HISTORY_FILE,
    out: Annotated[Path, typer.Option(help="The PNG file.")] = CHART_FILE,
) -> None:
    """Draw the ratios of all recorded runs over time."""
    entries = load_entries(history)
    if not entries:
        raise SystemExit(f"{history} has no entries. `make bench-record` runs the benchmark and adds one.")
    try:
        from bench.charts import draw_history
    except ModuleNotFoundError:
        raise SystemExit("matplotlib is not installed; `make bench-report` installs it.") from None
    draw_history([f"{entry.version}\n{entry.date}" for entry in entries], build_series(entries), out)
    print(f"Wrote {out}")


if __name__ == "__main__":
    typer.run(main)
