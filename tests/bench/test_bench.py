"""The benchmark runs, and the contenders written in Python give equal answers."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.checkout import CHECKOUT

NAMES = {"allotment", "allotment-graphql-core", "idiomatic", "floor"}


def bench(*arguments: str, program: str = "bench") -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own."""
    command = [sys.executable, "-m", program, *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_python_contenders_answer_alike(tmp_path: Path) -> None:
    short = ("--rounds", "1", "--seconds", "1", "--scale", "0.05", "--driver", "built-in", "--out", str(tmp_path))
    done = bench("--only", "deep", "--contenders", ",".join(NAMES), *short)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = tmp_path.glob("*.json")
    results = json.loads(file.read_text())
    assert results["equal"] == {"deep": dict.fromkeys(NAMES, "yes")}
    assert results["medians"]["deep"].keys() == NAMES
    assert all(median > 0 for median in results["medians"]["deep"].values())
    assert results["statements"]["deep"]["floor"] == {"statements": 4.0, "control": 0.0}


@pytest.mark.slow
def test_two_checkouts_are_measured_within_the_application() -> None:
    short = ("--requests", "3", "--rounds", "1", "--scale", "0.05", "--beside", str(CHECKOUT))
    done = bench("one,create", *short, program="bench.inside")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = dict(line.split(maxsplit=1) for line in done.stdout.splitlines()[1:])
    assert rows.keys() == {"one", "create"}
    assert all(re.fullmatch(r"([\d.]+ ms of [\d.]+ ms\s+){2}[\d.]+", figures) for figures in rows.values())


def test_unknown_names_are_refused() -> None:
    done = bench("--contenders", "allotment,nobody")
    assert done.returncode == 2
    assert "nobody" in done.stderr


def test_unknown_workloads_are_refused_before_anything_is_started() -> None:
    done = bench("one,nothing", program="bench.inside")
    assert done.returncode == 2
    assert "nothing" in done.stderr
