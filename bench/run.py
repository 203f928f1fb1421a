"""Runs the benchmark: starts the database and the contenders, measures, prints and writes the results."""

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson

from bench.contenders import Contender
from bench.database import BenchDatabase
from bench.drivers import BuiltInDriver, Driver, WrkDriver, find_wrk
from bench.measure import CONNECTIONS, BenchPlan, Measurement
from bench.report import format_report
from bench.results import Results, describe_contenders, machine_info
from bench.running_contenders import start_contenders
from tests.harness.processes import interrupt_on_termination

RESULTS_FOLDER = Path(__file__).parent / "results"


def run_benchmark(
    contenders: Sequence[Contender], plan: BenchPlan, scale: float, driver_name: str, out: str
) -> Results:
    """Measure the contenders, print the report, and write the result files."""
    interrupt_on_termination()
    driver = _select_driver(driver_name)
    skipped = {contender.name: reason for contender in contenders if (reason := contender.skip_reason())}
    for name, reason in skipped.items():
        print(f"Skipping {name}: {reason}")
    available = [contender for contender in contenders if contender.name not in skipped]
    results = Results(_conditions(plan, scale, driver), describe_contenders(list(contenders)), skipped=skipped)
    results.remarks = {contender.name: remark for contender in available if (remark := contender.remark())}
    print("Starting PostgreSQL, applying migrations and loading the data set", flush=True)
    with BenchDatabase(scale) as database, tempfile.TemporaryDirectory() as logs:
        results.conditions["postgresql"] = database.version
        with start_contenders(available, database, Path(logs)) as running:
            Measurement(database, running, driver, plan, results).run()
    print(f"\n{format_report(results)}\n")
    for file in write_results(results, Path(out)):
        print(f"Wrote {file}")
    return results


def write_results(results: Results, folder: Path) -> list[Path]:
    """Write a JSON file, and a PNG file if matplotlib is installed. Return the files, which are named by the time."""
    folder.mkdir(parents=True, exist_ok=True)
    name = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H-%M-%S")
    json_file, image_file = folder / f"{name}.json", folder / f"{name}.png"
    json_file.write_bytes(orjson.dumps(results.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))
    try:
        from bench.charts import draw_charts
    except ModuleNotFoundError:
        print("No charts: matplotlib is not installed; `make bench` installs it.")
        return [json_file]
    draw_charts(results, image_file)
    return [json_file, image_file]


def _select_driver(name: str) -> Driver:
    program = find_wrk() if name in ("auto", "wrk") else None
    if program is not None:
        return WrkDriver(program)
    if name == "wrk":
        raise SystemExit("wrk is not installed; on Debian and Ubuntu: apt install wrk")
    if name == "auto":
        print(
            "wrk is not installed (on Debian and Ubuntu: apt install wrk). The built-in driver may be the bottleneck."
        )
    return BuiltInDriver()


def _conditions(plan: BenchPlan, scale: float, driver: Driver) -> dict[str, object]:
    """Return the conditions under which the figures were measured."""
    return machine_info() | {
        "driver": driver.name,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "connections": CONNECTIONS,
        "scale": scale,
    }
