"""The pacer: executions work in steps, and sleep while they have to yield."""

import pytest

from executor import pacer
from executor.pacer import MAX_YIELDED_STEPS, Pacer


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The durations of all sleeps, which end at once. Every step is used up at once, too."""
    durations: list[float] = []

    async def sleep(seconds: float) -> None:
        durations.append(seconds)

    monkeypatch.setattr(pacer, "sleep", sleep)
    monkeypatch.setattr(pacer, "STEP_SECONDS", 0)
    return durations


@pytest.mark.parametrize(
    ("answers", "steps"), [([False], 0), ([True, True, False], 2), ([True] * 99, MAX_YIELDED_STEPS)]
)
async def test_execution_sleeps_while_it_must_yield(sleeps: list[float], answers: list[bool], steps: int) -> None:
    await Pacer(iter(answers).__next__).pause()
    assert len(sleeps) == steps


async def test_execution_that_need_not_yield_does_not_sleep(sleeps: list[float]) -> None:
    await Pacer().pause()
    assert sleeps == []


async def test_execution_with_time_left_does_not_yield(sleeps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacer, "STEP_SECONDS", 60)
    slow = Pacer(lambda: False)
    await slow.pause()
    slow._must_yield = lambda: True  # noqa: SLF001 -- from now on
    await slow.pause()
    assert sleeps == []
