"""Places that groups share: the order in which they are served, and the bounds of their shares."""

import asyncio

from database.fair_gate import FairGate, Place
from database.shares import Shares, share_of
from tests.database.entrants import Entrants


async def test_group_with_the_fewest_places_is_served_first() -> None:
    entrants = Entrants(FairGate(3))
    await entrants.enter("a1", "a2", "b1", "a3", "a4", "b2", "c1")
    await entrants.leave("a1")
    assert entrants.entered == ["a1", "a2", "b1", "c1"]
    await entrants.leave("b1")
    assert entrants.entered[4:] == ["b2"]
    await entrants.leave("a2", "c1")
    assert entrants.entered[5:] == ["a3", "a4"]


async def test_groups_with_equally_many_places_take_turns() -> None:
    entrants = Entrants(FairGate(1))
    await entrants.enter("a1", "a2", "a3", "b1", "b2", "c1")
    for name in ("a1", "a2", "b1", "c1", "a3"):
        await entrants.leave(name)
    assert entrants.entered == ["a1", "a2", "b1", "c1", "a3", "b2"]


async def test_group_leaves_the_reserve_to_others() -> None:
    entrants = Entrants(FairGate(5, Shares(share_of(5, 0.8))))
    await entrants.enter("a1", "a2", "a3", "a4", "a5", "a6", "b1")
    assert entrants.entered == ["a1", "a2", "a3", "a4", "b1"]
    await entrants.leave("b1")
    assert entrants.entered == ["a1", "a2", "a3", "a4", "b1"]
    await entrants.leave("a1")
    assert entrants.entered[5:] == ["a5"]


def test_few_places_have_no_reserve() -> None:
    assert [share_of(places, 0.8) for places in (1, 3, 4, 20)] == [1, 3, 3, 16]
    assert share_of(20, 1.0) == 20


async def test_cancelled_entrant_loses_no_place() -> None:
    gate = FairGate(1)
    entrants = Entrants(gate)
    await entrants.enter("a1", "b1", "c1")
    gate.leave("a")  # b1 gets the place, and is cancelled before it can resume
    entrants.tasks["b1"].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert entrants.entered == ["a1", "c1"]
    entrants.tasks["c1"].cancel()
    await entrants.leave("c1")
    assert gate.try_enter("d")
    assert not gate.try_enter("d")


async def test_place_can_be_given_up_for_a_while() -> None:
    gate = FairGate(1)
    assert gate.try_enter("a")
    place = Place(gate, "a")
    place.leave()
    place.leave()
    assert gate.try_enter("b")
    entering = asyncio.create_task(place.enter())
    await asyncio.sleep(0)
    assert not entering.done()
    gate.leave("b")
    await entering
    assert not gate.try_enter("b")


async def test_task_that_returns_gets_a_place_before_those_that_wait_for_their_first_one() -> None:
    gate = FairGate(1)
    entrants = Entrants(gate)
    await entrants.enter("a1", "b1", "c1")
    place = Place(gate, "a")
    place.leave()  # b1 gets it
    returning = asyncio.create_task(place.enter())
    await entrants.enter("d1")
    assert gate.number_waiting == 3
    assert gate.waiters.waiting == {"c": 1, "d": 1}  # only these can be refused
    await entrants.leave("b1")
    await returning
    assert entrants.entered == ["a1", "b1"]
    place.leave()
    await entrants.leave("c1")
    assert entrants.entered == ["a1", "b1", "c1", "d1"]
    assert gate.number_waiting == 0
