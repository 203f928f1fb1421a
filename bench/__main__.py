"""Command line of the benchmark: `python -m bench`, or `make bench ARGS="…"`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bench.contenders import CONTENDERS
from bench.history import HISTORY_FILE, append_entry
from bench.measure import BenchPlan
from bench.run import RESULTS_FOLDER, run_benchmark
from bench.workloads import WORKLOADS

DRIVERS = ("auto", "wrk", "built-in")


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Number of rounds.")] = 5,
    seconds: Annotated[int, typer.Option(min=1, help="Duration of each measurement in a round.")] = 3,
    only: Annotated[str, typer.Option(metavar="WORKLOAD,…", help=", ".join(WORKLOADS))] = "",
    contenders: Annotated[str, typer.Option(metavar="NAME,…", help=", ".join(CONTENDERS))] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Two rounds of one second, as a smoke test.")] = False,
    scale: Annotated[float, typer.Option(min=0.05, max=10, help="Scale of the data set, for smoke tests.")] = 1.0,
    driver: Annotated[str, typer.Option(help=", ".join(DRIVERS))] = "auto",
    record: Annotated[bool, typer.Option("--record", help="Add the ratios to the history.")] = False,
    history: Annotated[Path, typer.Option(metavar="FILE", help="The file of the history.")] = HISTORY_FILE,
    out: Annotated[str, typer.Option(metavar="FOLDER", help="Folder for the results.")] = str(RESULTS_FOLDER),
) -> None:
    """Measure this server and others, on a PostgreSQL server of the benchmark, and print medians and ratios."""
    selected = [WORKLOADS[name] for name in _parse_names(only, WORKLOADS, "--only")]
    plan = BenchPlan(2, 1, 1, selected) if quick else BenchPlan(rounds, seconds, min(seconds, 2), selected)
    selected_contenders = [CONTENDERS[name] for name in _parse_names(contenders, CONTENDERS, "--contenders")]
    if driver not in DRIVERS:
        raise typer.BadParameter(f"must be one of {', '.join(DRIVERS)}", param_hint="--driver")
    results = run_benchmark(selected_contenders, plan, scale, driver, out)
    if record:
        entry = append_entry(history, results)
        print(f"Added the ratios of version {entry.version} at commit {entry.commit} to {history}")


def _parse_names(text: str, available: Mapping[str, object], option: str) -> list[str]:
    """Return the selected names in the order of the available ones; all of them if the text is empty."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := names - available.keys():
        unknown_names, available_names = ", ".join(sorted(unknown)), ", ".join(available)
        raise typer.BadParameter(f"unknown: {unknown_names}; available: {available_names}", param_hint=option)
    return [name for name in available if not names or name in names]


if __name__ == "__main__":
    typer.run(main)
