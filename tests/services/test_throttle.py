"""Limits on attempts, on both engines."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import func, select, update

from models import Throttle
from models.relations import table_of
from queries.caller import Caller
from server.database import Database
from services import throttle
from services.errors import RateLimited
from services.throttle import Limit, charge, network_of, pardon, sweep
from services.unit_of_work import perform

FEW = Limit("few", 3, 60)


async def counted(database: Database) -> int:
    async with database.reading.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table_of(Throttle))) or 0


async def pass_time(database: Database, seconds: int) -> None:
    """As if so many seconds had gone by."""
    table = table_of(Throttle)
    async with database.writing.begin() as connection:
        await connection.execute(update(table).values(rests_at=table.c.rests_at - seconds * 1000))


async def succeeded(attempts: Any) -> int:
    """How many of these went through."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert {type(each) for each in outcomes} <= {type(None), RateLimited}, outcomes
    return sum(each is None for each in outcomes)


async def test_a_few_at_once_and_then_one_in_a_while(database: Database) -> None:
    for _ in range(3):
        await charge(database.writing, FEW.of("ada"))
    with pytest.raises(RateLimited) as limited:
        await charge(database.writing, FEW.of("ada"))
    assert 55 < limited.value.retry_after <= 60
    await charge(database.writing, FEW.of("ben"))
    await pass_time(database, limited.value.retry_after)
    await charge(database.writing, FEW.of("ada"))
    with pytest.raises(RateLimited):
        await charge(database.writing, FEW.of("ada"))
    await pass_time(database, 1000)
    assert await succeeded(charge(database.writing, FEW.of("ada")) for _ in range(5)) == 3


async def test_many_at_once_are_counted_each(database: Database) -> None:
    assert await succeeded(charge(database.writing, FEW.of("ada")) for _ in range(12)) == 3


async def test_the_order_in_which_attempts_are_counted_costs_none_its_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.time_ns()
    for late in (400, 0, 200, 100):
        monkeypatch.setattr(time, "time_ns", lambda late=late: started + late * 1_000_000)
        last = await succeeded([charge(database.writing, FEW.of("ada"))])
        assert last == (late != 100)


async def test_what_is_refused_costs_nothing_anywhere(database: Database) -> None:
    wide = Limit("wide", 5, 60)
    for _ in range(3):
        await charge(database.writing, wide.of("here"), FEW.of("ada"))
    for _ in range(10):
        with pytest.raises(RateLimited):
            await charge(database.writing, wide.of("here"), FEW.of("ada"))
    assert await succeeded(charge(database.writing, wide.of("here"), FEW.of(str(n))) for n in range(5)) == 2


async def test_what_was_no_failure_is_forgotten_or_given_back(database: Database) -> None:
    wide = Limit("wide", 3, 60)
    for _ in range(10):
        await charge(database.writing, wide.of("here"), FEW.of("ada"))
        await pardon(database.writing, FEW.of("ada"), wide.of("here"))
    assert await succeeded(charge(database.writing, wide.of("here")) for _ in range(5)) == 3


async def test_keys_at_rest_are_swept_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ada", "ben", "cleo"):
        await charge(database.writing, FEW.of(name))
    await pass_time(database, 60)
    await charge(database.writing, FEW.of("dan"))
    at = time.time_ns() // 1_000_000
    await perform(database.writing, Caller(), lambda work: sweep(work, at))
    assert await counted(database) == 1
    monkeypatch.setattr(throttle, "SWEPT", 1)
    await pass_time(database, 60)
    await charge(database.writing, FEW.of("eve"))
    assert await counted(database) == 1


async def test_the_table_tells_nobody_who_tried(database: Database) -> None:
    await charge(database.writing, FEW.of("ada@garden.test"), FEW.of("\ud800"), FEW.of("x" * 100_000))
    async with database.reading.connect() as connection:
        keys = list(await connection.scalars(select(table_of(Throttle).c.key)))
    assert all(key.startswith("few:") and len(key) == 68 for key in keys)


NETWORKS = {
    "192.0.2.7": "192.0.2.7",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:db8:1:2::9": "2001:db8:1:2::/64",
    "2001:db8:1:3::9": "2001:db8:1:3::/64",
    "fe80::1%eth0": "fe80::/64",
    "::ffff:192.0.2.7": "192.0.2.7",
    "testclient": "unknown",
    "": "unknown",
    None: "unknown",
}


@pytest.mark.parametrize("address", NETWORKS)
def test_neighbours_of_one_network_count_as_one(address: str | None) -> None:
    assert network_of(address) == NETWORKS[address]
