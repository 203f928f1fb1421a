"""Milliseconds that a request takes within the application, one after the other: no server, no driver, no queues.

    python -m bench.inside one,nested [--beside FOLDER]

What a change is worth is seen beside a checkout without it (`git worktree add FOLDER COMMIT`), in turns. Processor time
is the application's own; the rest of the time PostgreSQL and the way there and back took. Each turn is measured in
parts, and what is shown is the lower quartile of them all: others on the machine only ever make it slower.
"""

import json
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path
from statistics import quantiles
from typing import Annotated

import typer

from bench.contenders.allotment import Allotment
from bench.stage import Stage
from bench.workloads import WORKLOADS, Workload
from server.checkout import CHECKOUT

PROGRAM = Path(__file__).parent / "in_process.py"
Took = list[dict[str, float]]
"""A turn, in parts."""
PARTS = 10


def main(
    workloads: Annotated[str, typer.Argument(metavar="WORKLOAD,…", help=", ".join(WORKLOADS))] = "one,nested",
    beside: Annotated[Path | None, typer.Option(help="The folder of another checkout.", file_okay=False)] = None,
    requests: Annotated[int, typer.Option(min=1, help=f"How many in each of the {PARTS} parts of a turn.")] = 50,
    rounds: Annotated[int, typer.Option(min=1, help="How many turns each.")] = 5,
    scale: Annotated[float, typer.Option(min=0.05, max=10, help="Of the set, for trying things out.")] = 1.0,
) -> None:
    """Measure requests within the application."""
    if unknown := set(workloads.split(",")) - WORKLOADS.keys():
        raise typer.BadParameter(f"no {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)}")
    folders = [CHECKOUT, *([beside.resolve()] if beside else [])]
    with Stage(scale) as stage:
        print(f"{'':<12}" + "".join(f"{each.name:>32}" for each in folders))
        for workload in map(WORKLOADS.__getitem__, workloads.split(",")):
            turns = [[_turn(stage, workload, folder, requests) for folder in folders] for _ in range(rounds)]
            _report(workload.name, turns)


def _turn(stage: Stage, workload: Workload, folder: Path, requests: int) -> Took:
    """One process of the application in the folder, asked so many times."""
    allotment, plot = Allotment(), stage.ground.of(workload)
    asked = {
        "login": allotment.login(plot).body.decode(),
        "headers": {"x-tenant": plot.slug},
        "body": allotment.request(workload, plot, {}).body.decode(),
        "requests": requests,
        "parts": PARTS,
    }
    environment = os.environ | allotment.environment(stage, 0) | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-P", str(PROGRAM)]
    done = subprocess.run(
        command, input=json.dumps(asked), env=environment, cwd=folder, check=True, text=True, stdout=subprocess.PIPE
    )
    if workload.writes:
        stage.tidy()
    return list(json.loads(done.stdout))


def _report(name: str, turns: list[list[Took]]) -> None:
    """What each took, and this checkout's part of the other's processor time."""
    columns = [list(chain.from_iterable(column)) for column in zip(*turns, strict=True)]
    low = [{key: quantiles((part[key] for part in column), n=4)[0] for key in column[0]} for column in columns]
    cells = [f"{each['processor']:.3f} ms of {each['time']:.3f} ms" for each in low]
    ratio = f"{low[0]['processor'] / low[1]['processor']:>10.2f}" if len(low) > 1 else ""
    print(f"{name:<12}" + "".join(f"{cell:>32}" for cell in cells) + ratio)


if __name__ == "__main__":
    typer.run(main)
