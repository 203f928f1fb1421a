"""What contenders answer, refuse and fail at is seen and told, and everybody gets the same turns."""

from typing import Any

import pytest

from bench.drivers import Sample
from bench.measure import CONNECTIONS, Measurement, Plan
from bench.report import report
from bench.requests import Refused
from bench.results import Results
from bench.workloads import WORKLOADS, Workload

WRONG = {"tasks": ["something else"]}
GOOD = Sample(answers=100, per_second=100.0, p50=1.0, p99=2.0, failures=0, bytes_each=1000.0)


class Process:
    """A contender's process that costs nothing."""

    cpu = 0.0
    memory = 50.0


class Fake:
    """Stands for a contender that runs, and for the stage it is on."""

    running, console, port = Process(), None, 1

    def __init__(self, name: str, answer: Any = None) -> None:
        self.name = name
        self.given = answer

    def request(self, workload: Workload) -> Any:
        return self.name, workload.name

    def settle(self, workload: Workload) -> tuple[int, float]:
        return 1000, 0.001

    def answer(self, workload: Workload) -> Any:
        if isinstance(self.given, Refused):
            raise self.given
        return self.given or {"tasks": [workload.name]}


class Stage:
    """Counts how often it was tidied."""

    tidied = 0

    def tidy(self) -> None:
        self.tidied += 1


class Driver:
    """Answers with fixed samples, and remembers who was driven."""

    name = "none"

    def __init__(self, **samples: Sample) -> None:
        self.samples = samples
        self.turns: list[tuple[str, str, int]] = []

    def drive(self, port: int, request: Any, connections: int, seconds: int) -> Sample:
        self.turns.append((*request, connections))
        return self.samples.get(request[0], GOOD)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No PostgreSQL to count statements in."""
    monkeypatch.setattr("bench.measure.count_statements", lambda *_: {"statements": 1.0, "control": 0.0})
    monkeypatch.setattr("bench.measure.growth", lambda *_: {})


def measure(driver: Driver, *entrants: Fake, only: str = "list", rounds: int = 3, stage: Any = None) -> Results:
    """The results of these entrants."""
    results = Results({}, {each.name: "" for each in entrants})
    plan = Plan(rounds, 1, 1, [WORKLOADS[only]])
    Measurement(stage or Stage(), entrants, driver, plan, results).run()  # type: ignore[arg-type]
    return results


def test_a_wrong_answer_is_told() -> None:
    results = measure(Driver(), Fake("allotment"), Fake("liar", WRONG))
    assert results.equal["list"]["allotment"] == "yes"
    assert results.equal["list"]["liar"].startswith("no: data.tasks[0]")
    assert "liar, list: no: data.tasks[0]" in report(results)


def test_whoever_refuses_is_not_driven() -> None:
    driver = Driver()
    results = measure(driver, Fake("refuser", Refused("HTTP 500")), Fake("allotment"))
    assert {name for name, *_ in driver.turns} == {"allotment"}
    assert results.equal["list"] == {"refuser": "refused: HTTP 500", "allotment": "yes"}
    assert "refuser, list: refused: HTTP 500" in report(results)


def test_turns_are_taken_by_all_and_begun_by_each() -> None:
    driver = Driver()
    results = measure(driver, Fake("a"), Fake("b"), Fake("c"))
    names = [name for name, _, connections in driver.turns if connections == CONNECTIONS]
    assert ["".join(names[start : start + 3]) for start in (0, 3, 6, 9)] == ["abc", "abc", "bca", "cab"]
    assert {name: len(found) for name, found in results.throughput["list"].items()} == {"a": 3, "b": 3, "c": 3}


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (Sample(100, 100.0, 1.0, 2.0, 7, 1000.0), "7 failures"),
        (Sample(0, 0.0, 0.0, 0.0, 0, 0.0), "no answer within the time"),
        (Sample(100, 100.0, 1.0, 2.0, 0, 900.0), "answers shorter than they should be"),
    ],
)
def test_what_fails_under_load_is_told(sample: Sample, said: str) -> None:
    results = measure(Driver(shaky=sample), Fake("allotment"), Fake("shaky"))
    assert "allotment" not in results.problems
    assert f"shaky: list, 8 connected: {said}" in report(results)


def test_what_was_created_is_tidied_away_after_every_turn() -> None:
    stage, driver = Stage(), Driver()
    measure(driver, Fake("allotment"), only="create", stage=stage)
    assert stage.tidied >= len(driver.turns) == 4


def test_ratios_are_of_medians() -> None:
    results = Results({}, {"allotment": "", "floor": ""})
    results.throughput["one"] = {"allotment": [10.0, 300.0, 100.0], "floor": [400.0, 200.0, 1.0]}
    results.equal["one"] = {"allotment": "yes", "floor": "yes"}
    assert results.ratio("one", "allotment", "floor") == 0.5
    assert "0.50 (≥0.5)" in report(results)
