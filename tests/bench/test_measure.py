"""Measurements: wrong results, errors and failures are reported, and all contenders get the same turns."""

from typing import Any

import pytest

from bench.drivers import Sample
from bench.measure import CONNECTIONS, BenchPlan, Measurement
from bench.report import format_report
from bench.requests import ResponseError
from bench.results import Results
from bench.workloads import WORKLOADS, Workload

WRONG_RESULT = {"tasks": ["something else"]}
GOOD_SAMPLE = Sample(responses=100, per_second=100.0, p50=1.0, p99=2.0, failures=0, bytes_per_response=1000.0)


class FakeProcess:
    """A server process with constant figures."""

    cpu = 0.0
    memory = 50.0


class FakeContender:
    """A running contender with constant results."""

    process, port = FakeProcess(), 1

    def __init__(self, name: str, result: Any = None) -> None:
        self.name = name
        self.result = result

    @property
    def contender(self) -> "FakeContender":
        return self

    def missing(self, workload: Workload) -> None:
        """Miss no workload."""

    def request(self, workload: Workload) -> Any:
        return self.name, workload.name

    def wait_until_idle(self, workload: Workload) -> tuple[int, float]:
        return 1000, 0.001

    def load_normalized_result(self, workload: Workload) -> Any:
        if isinstance(self.result, ResponseError):
            raise self.result
        return self.result or {"tasks": [workload.name]}


class FakeDatabase:
    """Counts the deletions of created rows."""

    deletions = 0

    def delete_created_rows(self) -> None:
        self.deletions += 1


class FakeDriver:
    """Returns constant samples, and records the calls."""

    name = "none"

    def __init__(self, **samples: Sample) -> None:
        self.samples = samples
        self.turns: list[tuple[str, str, int]] = []

    def drive(self, port: int, request: Any, connections: int, seconds: int) -> Sample:
        self.turns.append((*request, connections))
        return self.samples.get(request[0], GOOD_SAMPLE)


@pytest.fixture(autouse=True)
def no_statement_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the measurements that need PostgreSQL."""
    monkeypatch.setattr("bench.measure.count_statements", lambda *_: {"statements": 1.0, "control": 0.0})
    monkeypatch.setattr("bench.measure.measure_growth", lambda *_: {})


def measure(
    driver: FakeDriver, *contenders: FakeContender, only: str = "list", rounds: int = 3, database: Any = None
) -> Results:
    """Return the results of measuring the contenders."""
    results = Results({}, {contender.name: "" for contender in contenders})
    plan = BenchPlan(rounds, 1, 1, [WORKLOADS[only]])
    Measurement(database or FakeDatabase(), contenders, driver, plan, results).run()  # type: ignore[arg-type]
    return results


def test_wrong_result_is_reported() -> None:
    results = measure(FakeDriver(), FakeContender("allotment"), FakeContender("wrong", WRONG_RESULT))
    assert results.equal["list"]["allotment"] == "yes"
    assert results.equal["list"]["wrong"].startswith("no: data.tasks[0]")
    assert "wrong, list: no: data.tasks[0]" in format_report(results)


def test_contender_with_errors_is_not_measured() -> None:
    driver = FakeDriver()
    results = measure(driver, FakeContender("failing", ResponseError("HTTP 500")), FakeContender("allotment"))
    assert {name for name, *_ in driver.turns} == {"allotment"}
    assert results.equal["list"] == {"failing": "failed: HTTP 500", "allotment": "yes"}
    assert "failing, list: failed: HTTP 500" in format_report(results)


def test_order_of_contenders_rotates() -> None:
    driver = FakeDriver()
    results = measure(driver, FakeContender("a"), FakeContender("b"), FakeContender("c"))
    names = [name for name, _, connections in driver.turns if connections == CONNECTIONS]
    assert ["".join(names[start : start + 3]) for start in (0, 3, 6, 9)] == ["abc", "abc", "bca", "cab"]
    assert {name: len(figures) for name, figures in results.throughput["list"].items()} == {"a": 3, "b": 3, "c": 3}


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (Sample(100, 100.0, 1.0, 2.0, 7, 1000.0), "7 failures"),
        (Sample(0, 0.0, 0.0, 0.0, 0, 0.0), "no response within the duration"),
        (Sample(100, 100.0, 1.0, 2.0, 0, 900.0), "responses are shorter than expected"),
    ],
)
def test_failures_under_load_are_reported(sample: Sample, message: str) -> None:
    results = measure(FakeDriver(unstable=sample), FakeContender("allotment"), FakeContender("unstable"))
    assert "allotment" not in results.problems
    assert f"unstable: list, 8 connections: {message}" in format_report(results)


def test_created_rows_are_deleted_after_every_turn() -> None:
    database, driver = FakeDatabase(), FakeDriver()
    measure(driver, FakeContender("allotment"), only="create", database=database)
    assert database.deletions >= len(driver.turns) == 4


def test_ratio_is_the_ratio_of_medians() -> None:
    results = Results({}, {"allotment": "", "floor": ""})
    results.throughput["one"] = {"allotment": [10.0, 300.0, 100.0], "floor": [400.0, 200.0, 1.0]}
    results.equal["one"] = {"allotment": "yes", "floor": "yes"}
    assert results.ratio("one", "allotment", "floor") == 0.5
    assert "0.50 (≥0.6)" in format_report(results)
