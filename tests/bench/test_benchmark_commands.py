"""The benchmark commands run, and the Python contenders return equal results."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.lists import LISTS, MUTATIONS
from server.config.paths import PROJECT_ROOT

pytestmark = pytest.mark.slow

NAMES = {"allotment", "allotment-graphql-core", "idiomatic", "floor"}


def run_module(*arguments: str, module: str = "bench") -> subprocess.CompletedProcess[str]:
    """Run a benchmark command in a subprocess."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_python_contenders_return_equal_results(tmp_path: Path) -> None:
    short = ("--rounds", "1", "--seconds", "1", "--scale", "0.05", "--driver", "built-in", "--out", str(tmp_path))
    completed = run_module("--only", "deep", "--contenders", ",".join(NAMES), *short)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    (file,) = tmp_path.glob("*.json")
    results = json.loads(file.read_text())
    assert results["equal"] == {"deep": dict.fromkeys(NAMES, "yes")}
    assert results["medians"]["deep"].keys() == NAMES
    assert all(median > 0 for median in results["medians"]["deep"].values())
    counts = results["statements"]["deep"]["floor"]
    assert 4.0 <= counts["statements"] < 4.5  # a second connection of the pool queries the catalogs for types
    assert counts["control"] < 0.5


@pytest.mark.long
def test_in_process_profile_compares_two_checkouts() -> None:
    short = ("--requests", "3", "--rounds", "1", "--scale", "0.05")
    compared = ("--beside", str(PROJECT_ROOT), "--without-audit", "--set", f"METRICS_TOKEN={'x' * 32}")
    completed = run_module("one,create", *short, *compared, module="bench.in_process_profile")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    rows = dict(line.split(maxsplit=1) for line in completed.stdout.splitlines()[1:])
    assert rows.keys() == {"one", "create"}
    assert all(re.fullmatch(r"([\d.]+ ms of [\d.]+ ms\s+){4}[\d.\s]+", figures) for figures in rows.values())


@pytest.mark.slow
def test_bulk_mutations_are_compared_with_single_ones_and_executemany() -> None:
    completed = run_module("--short", module="bench.bulk")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    rows = dict(line.split(maxsplit=1) for line in completed.stdout.splitlines()[1:])
    assert rows.keys() == {"create", "update", "delete"}
    assert all(re.fullmatch(r"[\d,]+(\s+[\d,]+ \([\d.]+ x\)){3}", figures) for figures in rows.values())


@pytest.mark.long
def test_import_and_export_are_measured_at_two_sizes() -> None:
    completed = run_module("--short", module="bench.imports")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    figures = [line.split() for line in completed.stdout.splitlines() if line.startswith(("import", "export"))]
    assert [row[:2] for row in figures] == [
        [name, rows] for name in ("import", "export") for rows in ("1,000", "3,000")
    ]
    assert all(float(row[-1]) < 1.2 for row in figures)  # the memory does not grow with the rows


def test_unknown_contender_is_rejected() -> None:
    completed = run_module("--contenders", "allotment,unknown")
    assert completed.returncode == 2
    assert "unknown: unknown" in completed.stderr


def test_inside_is_an_alias_of_in_process_profile() -> None:
    completed = run_module("one,missing", module="bench.inside")
    assert completed.returncode == 2
    assert "missing" in completed.stderr


def test_unknown_workload_is_rejected_before_the_database_starts() -> None:
    completed = run_module("one,missing", module="bench.in_process_profile")
    assert completed.returncode == 2
    assert "missing" in completed.stderr


@pytest.mark.long
def test_lists_are_compared_with_the_plain_list() -> None:
    completed = run_module("--short", module="bench.lists")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    rows = completed.stdout.splitlines()[1:]
    assert len(rows) == len(LISTS) + len(MUTATIONS)
    assert all(re.fullmatch(r".{40}\s+[\d.,]+\s+[\d.,]+ x", row) for row in rows)
