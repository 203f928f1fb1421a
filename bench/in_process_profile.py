"""Measures the time of a request within the application: no HTTP server, no driver, one request at a time.

    python -m bench.in_process_profile one,nested [--beside FOLDER] [--without-audit] [--set NAME=VALUE]

To measure a change, compare with a checkout without it (`git worktree add FOLDER COMMIT`); the two run in turns. The
processor time is the application's; the rest of the time is PostgreSQL and the connection to it. Each turn is measured
in parts, and the output is the lower quartile of all parts, because other load on the machine only increases times.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from statistics import quantiles
from typing import Annotated

import typer

from bench.contenders.allotment import Allotment
from bench.database import BenchDatabase
from bench.workloads import WORKLOADS, Workload
from server.config.paths import PROJECT_ROOT

WORKER_FILES = ("bench/in_process_worker.py", "bench/in_process.py")
"""Paths of the program that each checkout runs for itself: the current one, and the one in older checkouts."""
Parts = list[dict[str, float]]
"""The measured parts of a turn."""
PARTS_PER_TURN = 10


@dataclass(frozen=True)
class Subject:
    """What is measured: the application of a checkout, with further settings, with or without the audit."""

    folder: Path
    name: str
    without_audit: bool = False
    settings: dict[str, str] = field(default_factory=dict)


def main(  # noqa: PLR0913, PLR0917 -- the options of the command
    workloads: Annotated[str, typer.Argument(metavar="WORKLOAD,…", help=", ".join(WORKLOADS))] = "one,nested",
    beside: Annotated[
        Path | None, typer.Option(help="The folder of another checkout to compare with.", file_okay=False)
    ] = None,
    without_audit: Annotated[  # noqa: FBT002 -- an option
        bool, typer.Option("--without-audit", help="Compare with the same application, which then writes no audit.")
    ] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Compare with and without this setting.")
    ] = None,
    requests: Annotated[
        int, typer.Option(min=1, help=f"Number of requests in each of the {PARTS_PER_TURN} parts of a turn.")
    ] = 50,
    rounds: Annotated[int, typer.Option(min=1, help="Number of turns for each checkout.")] = 5,
    scale: Annotated[float, typer.Option(min=0.05, max=10, help="Scale of the data set, for smoke tests.")] = 1.0,
) -> None:
    """Measure requests within the application."""
    if unknown := set(workloads.split(",")) - WORKLOADS.keys():
        unknown_names, available_names = ", ".join(sorted(unknown)), ", ".join(WORKLOADS)
        raise typer.BadParameter(f"unknown: {unknown_names}; available: {available_names}")
    values = _parse(settings or [])
    subjects = [Subject(PROJECT_ROOT, f"with {' '.join(values)}", settings=values)] if values else []
    subjects += [Subject(PROJECT_ROOT, PROJECT_ROOT.name)]
    subjects += [Subject(beside.resolve(), beside.resolve().name)] if beside else []
    subjects += [Subject(PROJECT_ROOT, "without audit", without_audit=True)] if without_audit else []
    with BenchDatabase(scale) as database:
        print(f"{'':<12}" + "".join(f"{subject.name:>32}" for subject in subjects))
        for workload in map(WORKLOADS.__getitem__, workloads.split(",")):
            turns = [
                [_measure_turn(database, workload, subject, requests) for subject in subjects] for _ in range(rounds)
            ]
            _print_times(workload.name, turns)


def _parse(settings: list[str]) -> dict[str, str]:
    if wrong := [text for text in settings if "=" not in text]:
        raise typer.BadParameter(f"not NAME=VALUE: {', '.join(wrong)}")
    return dict(text.split("=", 1) for text in settings)


def _measure_turn(database: BenchDatabase, workload: Workload, subject: Subject, requests: int) -> Parts:
    """Measure the application of a checkout, in a new process."""
    folder = subject.folder
    contender, target = Allotment(), database.targets.for_workload(workload)
    job = {
        "login": contender.login(target).body.decode(),
        "headers": {"x-tenant": target.slug},
        "body": contender.request(workload, target, {}).body.decode(),
        "requests": requests,
        "parts": PARTS_PER_TURN,
        "without_audit": subject.without_audit,
    }
    environment = os.environ | contender.environment(database, 0) | {"PYTHONPATH": str(folder)} | subject.settings
    command = [sys.executable, "-P", str(_find_worker(folder))]
    completed = subprocess.run(
        command, input=json.dumps(job), env=environment, cwd=folder, check=True, text=True, stdout=subprocess.PIPE
    )
    if workload.writes:
        database.delete_created_rows()
    return list(json.loads(completed.stdout))


def _find_worker(folder: Path) -> Path:
    """Return the program in the checkout that calls its application."""
    return next(path for name in WORKER_FILES if (path := folder / name).exists())


def _print_times(name: str, turns: list[list[Parts]]) -> None:
    """Print the times of each checkout, and the ratio of the processor times."""
    columns = [list(chain.from_iterable(column)) for column in zip(*turns, strict=True)]
    quartiles = [{key: quantiles((part[key] for part in column), n=4)[0] for key in column[0]} for column in columns]
    cells = [f"{quartile['processor']:.3f} ms of {quartile['time']:.3f} ms" for quartile in quartiles]
    ratio = f"{quartiles[0]['processor'] / quartiles[1]['processor']:>10.2f}" if len(quartiles) > 1 else ""
    print(f"{name:<12}" + "".join(f"{cell:>32}" for cell in cells) + ratio)


if __name__ == "__main__":
    typer.run(main)
