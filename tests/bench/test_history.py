"""The history of the benchmark: entries of recorded runs, and their chart."""

import datetime
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from bench.history import HistoryEntry, build_entry, build_series, load_entries
from bench.results import Results
from server.config.paths import PROJECT_ROOT

DATE = datetime.date(2026, 11, 30)


def build_results() -> Results:
    """Return the results of a run in which one contender is left out."""
    results = Results(
        {"processors": 2, "python": "3.11.7", "secret": "x"}, {"allotment": "", "floor": "", "mercurius": ""}
    )
    results.throughput = {
        "typename": {"allotment": [900.0, 1000.0, 1100.0], "floor": [2000.0]},
        "fanout": {"allotment": [500.0]},
    }
    return results


def entry(version: str, ratios: dict[str, dict[str, float]], relative: dict[str, float] | None = None) -> HistoryEntry:
    return HistoryEntry("2026-11-30", version, "abc", {}, ratios, relative or {})


def test_entry_has_ratios_of_medians() -> None:
    built = build_entry(build_results(), "abc", DATE)
    assert (built.date, built.commit, built.machine) == ("2026-11-30", "abc", {"processors": 2, "python": "3.11.7"})
    assert built.ratios == {"typename": {"floor": 0.5}, "fanout": {}}
    assert built.relative == {"typename": 0.5, "fanout": 0.25}


def test_entry_without_the_constant_response_has_ratios_only() -> None:
    results = build_results()
    del results.throughput["typename"]["floor"]
    built = build_entry(results, "abc", DATE)
    assert (built.ratios, built.relative) == ({"typename": {}, "fanout": {}}, {})


def test_chart_has_gaps_where_a_run_has_no_ratio() -> None:
    entries = [entry("1", {"one": {"floor": 0.5}}), entry("2", {"one": {"mercurius": 2.0}, "page": {}}, {"page": 0.1})]
    assert build_series(entries) == {
        "one": {"floor": [0.5, None], "mercurius": [None, 2.0]},
        "page": {"constant response": [None, 0.1]},
    }


def test_entries_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    assert load_entries(file) == []
    written = [entry("1", {"one": {"floor": 0.5}}), entry("2", {})]
    file.write_bytes(b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in written))
    assert load_entries(file) == written


def run_module(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a benchmark command in a subprocess."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)


def test_report_of_an_empty_history_says_how_to_fill_it(tmp_path: Path) -> None:
    completed = run_module("bench.history", "--history", str(tmp_path / "none.jsonl"))
    assert completed.returncode == 1
    assert "make bench-record" in completed.stderr


@pytest.mark.long
def test_runs_are_recorded_and_drawn(tmp_path: Path) -> None:
    file, chart = tmp_path / "history.jsonl", tmp_path / "images" / "history.png"
    short = ("--rounds", "1", "--seconds", "1", "--scale", "0.05", "--driver", "built-in", "--out", str(tmp_path))
    selected = ("--only", "typename,search,fanout", "--contenders", "allotment,floor")
    completed = run_module("bench", *selected, *short, "--record", "--history", str(file))
    assert completed.returncode == 0, completed.stdout + completed.stderr
    (recorded,) = load_entries(file)
    assert {name: ratios.keys() for name, ratios in recorded.ratios.items()} == {
        "typename": {"floor"},
        "search": {"floor"},
        "fanout": set(),
    }
    assert recorded.relative.keys() == {"typename", "search", "fanout"}
    assert all(value > 0 for value in recorded.relative.values())
    assert "floor, fanout: left out: it has no subscriptions" in completed.stdout
    file.write_bytes(file.read_bytes() * 2)
    completed = run_module("bench.history", "--history", str(file), "--out", str(chart))
    if "matplotlib" in completed.stderr:
        pytest.skip("matplotlib is not installed; `make bench-report` installs it")
    assert completed.returncode == 0, completed.stderr
    assert chart.read_bytes().startswith(b"\x89PNG")


@pytest.mark.long
def test_new_workloads_have_equal_results(tmp_path: Path) -> None:
    short = ("--rounds", "1", "--seconds", "1", "--scale", "0.3", "--driver", "built-in", "--out", str(tmp_path))
    selected = ("--only", "page,aggregate,search,bulk,fanout", "--contenders", "allotment,floor")
    completed = run_module("bench", *selected, *short)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    (file,) = tmp_path.glob("*.json")
    equal = orjson.loads(file.read_bytes())["equal"]
    assert equal.pop("fanout") == {"allotment": "yes", "floor": "left out: it has no subscriptions"}
    assert equal == {name: {"allotment": "yes", "floor": "yes"} for name in ("page", "aggregate", "search", "bulk")}
