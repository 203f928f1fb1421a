"""Shares of active groups: equal numbers of places, and priority while the thread is busy."""

import asyncio

import pytest

from database.active_shares import PERIOD_SECONDS, PREFERRED_SECONDS, ActiveShares
from database.fair_gate import FairGate, Place
from tests.database.entrants import Entrants


class Clock:
    """The time, and how much of it the thread has worked."""

    def __init__(self) -> None:
        self.now = 100.0
        self.thread_seconds = 0.0

    def advance(self, seconds: float, busy: float = 0.0) -> None:
        self.now += seconds
        self.thread_seconds += busy * seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("database.active_shares.monotonic", lambda: clock.now)
    monkeypatch.setattr("database.active_shares.thread_time", lambda: clock.thread_seconds)
    return clock


def execute(shares: ActiveShares, group: str, points: int) -> None:
    """Execute an operation of the group in a place."""
    shares.take(group)
    shares.count(group, points)
    shares.release(group)


def busy_shares(clock: Clock) -> ActiveShares:
    """Return shares of a busy thread, of which the group `greedy` has used more than `light` and `other`."""
    shares = ActiveShares(10, 8)
    for busy in (0, 1):
        for group, points in (("greedy", 9000), ("light", 300), ("other", 300)):
            execute(shares, group, points)
        clock.advance(PERIOD_SECONDS, busy)
    return shares


async def test_active_groups_get_equal_shares(clock: Clock) -> None:
    entrants = Entrants(FairGate(8, ActiveShares(8, 8)))
    await entrants.enter("b1", "c1", "d1")
    await entrants.leave("d1")
    await entrants.enter("a1", "a2", "a3")  # b, c and d are active
    assert entrants.entered == ["b1", "c1", "d1", "a1", "a2"]
    await entrants.leave("b1", "c1")
    assert entrants.entered[5:] == []
    clock.advance(2 * PERIOD_SECONDS)
    await entrants.enter("a4", "a5")
    assert entrants.entered[5:] == ["a4", "a5"]
    await entrants.leave("a1")
    assert entrants.entered[7:] == ["a3"]


async def test_all_free_places_are_passed_on_when_shares_grow(clock: Clock) -> None:
    entrants = Entrants(FairGate(4, ActiveShares(4, 4)))
    await entrants.enter("b1", "c1", "d1", "a1", "a2", "a3", "a4", "a5")
    await entrants.leave("b1", "c1", "d1")
    assert entrants.entered == ["b1", "c1", "d1", "a1"]
    clock.advance(2 * PERIOD_SECONDS)
    await entrants.leave("a1")
    assert entrants.entered[4:] == ["a2", "a3", "a4", "a5"]


@pytest.mark.parametrize("others_leave_first", [True, False])
async def test_waiting_group_gets_free_places_when_the_others_become_inactive(
    monkeypatch: pytest.MonkeyPatch,
    others_leave_first: bool,  # noqa: FBT001 -- a parameter of pytest
) -> None:
    """Nothing else happens: no other task enters or leaves."""
    monkeypatch.setattr("database.active_shares.PERIOD_SECONDS", 0.01)
    monkeypatch.setattr("database.fair_gate.RETRY_SECONDS", 0.02)
    entrants = Entrants(FairGate(4, ActiveShares(4, 4)))
    await entrants.enter("b1", "b2")
    if others_leave_first:
        await entrants.leave("b1", "b2")
    await entrants.enter("a1", "a2", "a3", "a4")
    if not others_leave_first:
        await entrants.leave("b1", "b2")
    async with asyncio.timeout(10):
        await asyncio.gather(entrants.tasks["a3"], entrants.tasks["a4"])


def test_groups_stay_active_while_they_hold_places(clock: Clock) -> None:
    shares = ActiveShares(10, 8)
    shares.take("a")
    for _ in range(3):
        clock.advance(5 * PERIOD_SECONDS)
        execute(shares, "b", 1)
    for _ in range(4):
        shares.take("b")
    assert not shares.is_full("a")
    shares.take("b")
    assert shares.is_full("b")  # a half of the places
    clock.advance(PERIOD_SECONDS)
    assert shares.is_full("b")


def test_group_over_its_share_waits_until_no_other_group_executes(clock: Clock) -> None:
    shares = busy_shares(clock)
    assert not shares.is_full("greedy")
    shares.take("light")
    assert shares.is_full("greedy")
    assert not shares.is_full("other")
    shares.release("light")
    shares.take("greedy")
    assert shares.is_full("greedy")  # one place
    assert not shares.is_full("light")


def test_group_over_its_share_does_not_wait_for_a_request_that_takes_long(clock: Clock) -> None:
    shares = busy_shares(clock)
    shares.take("light")
    assert shares.is_full("greedy")
    clock.advance(2 * PREFERRED_SECONDS, busy=1)
    assert not shares.is_full("greedy")


def test_running_request_yields_while_others_execute(clock: Clock) -> None:
    shares = busy_shares(clock)
    gate = FairGate(10, shares)
    assert gate.try_enter("greedy")
    greedy, light = Place(gate, "greedy"), Place(gate, "light")
    assert not greedy.must_yield()
    assert gate.try_enter("light")
    assert greedy.must_yield()
    assert not light.must_yield()
    light.leave()
    assert not greedy.must_yield()


def test_points_are_forgotten(clock: Clock) -> None:
    shares = busy_shares(clock)
    assert not shares.is_full("greedy")
    for _ in range(2):
        execute(shares, "light", 300)
        execute(shares, "other", 300)
        clock.advance(PERIOD_SECONDS, busy=1)
    shares.take("light")
    assert not shares.is_full("greedy")


def test_group_within_its_share_takes_turns(clock: Clock) -> None:
    """A group that only used a little more than the others is not over its share."""
    shares = ActiveShares(10, 8)
    for busy in (0, 1):
        for group, points in (("a", 400), ("b", 300), ("c", 300)):
            execute(shares, group, points)
        clock.advance(PERIOD_SECONDS, busy)
    shares.take("b")
    shares.take("a")
    assert not shares.is_full("a")
    assert not shares.must_yield("a")


def test_no_group_yields_while_the_thread_has_time(clock: Clock) -> None:
    shares = busy_shares(clock)
    shares.is_full("light")
    clock.advance(PERIOD_SECONDS, busy=0.3)
    shares.take("light")
    shares.take("greedy")
    assert not shares.is_full("greedy")
    assert not shares.must_yield("greedy")


def test_group_on_its_own_gets_its_places_while_the_thread_is_busy(clock: Clock) -> None:
    shares = ActiveShares(10, 8)
    for _ in range(3):
        for _ in range(8):
            assert not shares.is_full("greedy")
            shares.take("greedy")
        assert shares.is_full("greedy")
        for _ in range(8):
            shares.count("greedy", 5000)
            shares.release("greedy")
        clock.advance(PERIOD_SECONDS, busy=1)
