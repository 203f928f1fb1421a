"""A run from beginning to end."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.contenders import Contender
from bench.drivers import BuiltIn, Driver, Wrk, find_wrk
from bench.entrants import started
from bench.files import write
from bench.measure import CONNECTIONS, Measurement, Plan
from bench.report import report
from bench.results import Results, described, machine
from bench.stage import Stage
from tests.harness.processes import interrupt_on_termination


def run(contenders: Sequence[Contender], plan: Plan, scale: float, driver_name: str, out: str) -> Results:
    """Measure, print, and write the files."""
    interrupt_on_termination()
    driver = _driver(driver_name)
    obstacles = {each.name: obstacle for each in contenders if (obstacle := each.obstacle())}
    for name, why in obstacles.items():
        print(f"Skipping {name}: {why}")
    able = [each for each in contenders if each.name not in obstacles]
    results = Results(_conditions(plan, scale, driver), described(list(contenders)), skipped=obstacles)
    results.remarks = {each.name: remark for each in able if (remark := each.remark())}
    print("Starting PostgreSQL, migrating it and loading the set", flush=True)
    with Stage(scale) as stage, tempfile.TemporaryDirectory() as logs:
        results.conditions["postgresql"] = stage.version
        with started(able, stage, Path(logs)) as entrants:
            Measurement(stage, entrants, driver, plan, results).run()
    print(f"\n{report(results)}\n")
    for file in write(results, Path(out)):
        print(f"Wrote {file}")
    return results


def _driver(name: str) -> Driver:
    program = find_wrk() if name in ("auto", "wrk") else None
    if program is not None:
        return Wrk(program)
    if name == "wrk":
        raise SystemExit("There is no wrk; on Debian and Ubuntu: apt install wrk")
    if name == "auto":
        print("There is no wrk (on Debian and Ubuntu: apt install wrk). The built-in driver may be the bottleneck.")
    return BuiltIn()


def _conditions(plan: Plan, scale: float, driver: Driver) -> dict[str, object]:
    """What the figures hold for."""
    return machine() | {
        "driver": driver.name,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "connections": CONNECTIONS,
        "scale": scale,
    }
