"""Measures `allotment import` and `allotment export` of 10,000 and of 1,000,000 tasks on PostgreSQL.

    python -m bench.imports [--short]

It starts its own PostgreSQL server. Each command is a process of its own: the figures contain its start-up, and its
memory is the largest resident set of the whole process. The ratio of the memory is what counts: it should be 1.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from server.config.paths import PROJECT_ROOT
from server.database_revision import upgrade_database
from tests.harness.cluster import Cluster

SIZES, SHORT_SIZES = (10_000, 1_000_000), (1_000, 3_000)
DESCRIPTION = "Remove the weeds between the rows, and water the seedlings afterwards."
PASSWORD = "Allotment-bench-1!"  # noqa: S105
OPTIONS = ("--type", "task", "--tenant")


@dataclass(frozen=True)
class Usage:
    """What a command has used."""

    seconds: float
    processor_seconds: float
    megabytes: float


def run_command(environment: dict[str, str], *arguments: str, text: str = "") -> Usage:
    """Run an `allotment` command and measure it. Raises SystemExit if it fails."""
    command, started = [sys.executable, "-m", "server.cli", *arguments], time.perf_counter()
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        process = subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT, stdin=file)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"allotment {' '.join(arguments)} failed")
    return Usage(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def write_file(path: Path, rows: int) -> None:
    """Write a file of tasks."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("title", "description", "status", "priority", "dueDate", "project"))
        writer.writerows((f"Weed bed {n}", DESCRIPTION, "TODO", "HIGH", "2027-05-01", "Spring") for n in range(rows))


def measure(environment: dict[str, str], folder: Path, rows: int) -> dict[str, Usage]:
    """Import tasks into a new tenant, and export them."""
    slug, file, projects = f"bench-{rows}", folder / "tasks.csv", folder / "projects.csv"
    run_command(environment, "create-tenant", "Bench", "--slug", slug, "--owner", "owner@bench.test")
    projects.write_text("name\nSpring\n")
    run_command(environment, "import", str(projects), "--type", "project", "--tenant", slug)
    write_file(file, rows)
    imported = run_command(environment, "import", str(file), *OPTIONS, slug)
    exported = run_command(environment, "export", *OPTIONS, slug, "--output", str(folder / "exported.csv"))
    return {"import": imported, "export": exported}


def report(sizes: Iterable[int], results: list[dict[str, Usage]]) -> None:
    """Print the figures of each command, and the ratios of the largest size to the smallest."""
    print(f"{'command':<10}{'rows':>12}{'seconds':>10}{'rows/s':>10}{'CPU s':>10}{'MB':>8}{'ratio of MB':>14}")
    for name in results[0]:
        for rows, result in zip(sizes, results, strict=True):
            usage = result[name]
            ratio = usage.megabytes / results[0][name].megabytes
            print(f"{name:<10}{rows:>12,}{usage.seconds:>10.1f}{rows / usage.seconds:>10,.0f}", end="")
            print(f"{usage.processor_seconds:>10.1f}{usage.megabytes:>8.0f}{ratio:>14.2f}")


def main() -> None:
    """Run the benchmark."""
    sizes = SHORT_SIZES if "--short" in sys.argv else SIZES
    with Cluster(replicas=0) as cluster, tempfile.TemporaryDirectory() as folder:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url = cluster.dsn(database="bench")
        upgrade_database(url)
        environment = os.environ | {"DATABASE_URL": url, "ALLOTMENT_ENV": "test", "SECRET_KEY": "x" * 40}
        user = ("create-user", "owner@bench.test", "--name", "Owner", "--password-stdin")
        run_command(environment, *user, text=PASSWORD)
        report(sizes, [measure(environment, Path(folder), rows) for rows in sizes])


if __name__ == "__main__":
    main()
