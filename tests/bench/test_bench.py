"""The benchmark runs, and the contenders written in Python give equal answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from server.checkout import CHECKOUT

NAMES = {"allotment", "allotment-graphql-core", "idiomatic", "floor"}


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own."""
    command = [sys.executable, "-m", "bench", *arguments]
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


def test_unknown_names_are_refused() -> None:
    done = bench("--contenders", "allotment,nobody")
    assert done.returncode == 2
    assert "nobody" in done.stderr
