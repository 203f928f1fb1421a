"""`python -m bench`, or `make bench ARGS="…"`."""

from collections.abc import Mapping
from typing import Annotated

import typer

from bench.contenders import CONTENDERS
from bench.files import FOLDER
from bench.measure import Plan
from bench.run import run
from bench.workloads import WORKLOADS

DRIVERS = ("auto", "wrk", "built-in")


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each is driven with each workload.")] = 5,
    seconds: Annotated[int, typer.Option(min=1, help="For how long each time.")] = 3,
    only: Annotated[str, typer.Option(metavar="WORKLOAD,…", help=", ".join(WORKLOADS))] = "",
    contenders: Annotated[str, typer.Option(metavar="NAME,…", help=", ".join(CONTENDERS))] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Two rounds of a second: to see that all works.")] = False,
    scale: Annotated[float, typer.Option(min=0.05, max=10, help="Of the set, for trying things out.")] = 1.0,
    driver: Annotated[str, typer.Option(help=", ".join(DRIVERS))] = "auto",
    out: Annotated[str, typer.Option(metavar="FOLDER", help="Where the results go.")] = str(FOLDER),
) -> None:
    """Measure this server beside others, on a PostgreSQL of its own, and print medians and ratios."""
    chosen = [WORKLOADS[name] for name in _names(only, WORKLOADS, "--only")]
    plan = Plan(2, 1, 1, chosen) if quick else Plan(rounds, seconds, min(seconds, 2), chosen)
    entering = [CONTENDERS[name] for name in _names(contenders, CONTENDERS, "--contenders")]
    if driver not in DRIVERS:
        raise typer.BadParameter(f"is one of {', '.join(DRIVERS)}", param_hint="--driver")
    run(entering, plan, scale, driver, out)


def _names(given: str, known: Mapping[str, object], option: str) -> list[str]:
    """Those that were named, in the order of those that there are; all when none was."""
    named = {name.strip() for name in given.split(",") if name.strip()}
    if unknown := named - known.keys():
        raise typer.BadParameter(f"no {', '.join(sorted(unknown))}; there are {', '.join(known)}", param_hint=option)
    return [name for name in known if not named or name in named]


if __name__ == "__main__":
    typer.run(main)
