"""Rate limits, on both database engines."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import func, select, update

from database.authentication import Credentials
from database.engine import Database
from models import Throttle
from models.relations import table_of
from services.core.errors import RateLimited
from services.core.gcra import delete_idle
from services.core.use_case import run_use_case
from services.people import rate_limit
from services.people.rate_limit import RateLimit, consume, network_of, reset

BURST_OF_THREE = RateLimit("three", 3, 60)


async def count_keys(database: Database) -> int:
    async with database.read_engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table_of(Throttle))) or 0


async def pass_time(database: Database, seconds: int) -> None:
    """Move all counters as if this many seconds had passed."""
    table = table_of(Throttle)
    async with database.write_engine.begin() as connection:
        await connection.execute(update(table).values(theoretical_arrival=table.c.theoretical_arrival - seconds * 1000))


async def count_accepted(attempts: Any) -> int:
    """Return how many of these attempts were accepted."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {type(None), RateLimited}, outcomes
    return sum(outcome is None for outcome in outcomes)


async def test_burst_is_accepted_and_then_one_per_interval(database: Database) -> None:
    for _ in range(3):
        await consume(database, BURST_OF_THREE.attempt_by("ada"))
    with pytest.raises(RateLimited) as limited:
        await consume(database, BURST_OF_THREE.attempt_by("ada"))
    assert 55 < limited.value.retry_after <= 60
    await consume(database, BURST_OF_THREE.attempt_by("ben"))
    await pass_time(database, limited.value.retry_after)
    await consume(database, BURST_OF_THREE.attempt_by("ada"))
    with pytest.raises(RateLimited):
        await consume(database, BURST_OF_THREE.attempt_by("ada"))
    await pass_time(database, 1000)
    assert await count_accepted(consume(database, BURST_OF_THREE.attempt_by("ada")) for _ in range(5)) == 3


async def test_concurrent_attempts_are_counted_individually(database: Database) -> None:
    assert await count_accepted(consume(database, BURST_OF_THREE.attempt_by("ada")) for _ in range(12)) == 3


async def test_clock_skew_between_attempts_is_tolerated(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.time_ns()
    for delay_ms in (400, 0, 200, 100):
        monkeypatch.setattr(time, "time_ns", lambda delay_ms=delay_ms: started + delay_ms * 1_000_000)
        accepted = await count_accepted([consume(database, BURST_OF_THREE.attempt_by("ada"))])
        assert accepted == (delay_ms != 100)


async def test_rejected_attempt_is_not_counted(database: Database) -> None:
    wide_limit = RateLimit("wide", 5, 60)
    for _ in range(3):
        await consume(database, wide_limit.attempt_by("here"), BURST_OF_THREE.attempt_by("ada"))
    for _ in range(10):
        with pytest.raises(RateLimited):
            await consume(database, wide_limit.attempt_by("here"), BURST_OF_THREE.attempt_by("ada"))
    assert (
        await count_accepted(
            consume(database, wide_limit.attempt_by("here"), BURST_OF_THREE.attempt_by(str(n))) for n in range(5)
        )
        == 2
    )


async def test_reset_clears_the_first_counter_and_refunds_the_others(database: Database) -> None:
    wide_limit = RateLimit("wide", 3, 60)
    for _ in range(10):
        await consume(database, wide_limit.attempt_by("here"), BURST_OF_THREE.attempt_by("ada"))
        await reset(database, BURST_OF_THREE.attempt_by("ada"), wide_limit.attempt_by("here"))
    assert await count_accepted(consume(database, wide_limit.attempt_by("here")) for _ in range(5)) == 3


async def test_idle_keys_are_deleted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ada", "ben", "cleo"):
        await consume(database, BURST_OF_THREE.attempt_by(name))
    await pass_time(database, 60)
    await consume(database, BURST_OF_THREE.attempt_by("dan"))
    now = time.time_ns() // 1_000_000
    await run_use_case(database, Credentials(), lambda work: delete_idle(work, now))
    assert await count_keys(database) == 1
    monkeypatch.setattr(rate_limit, "ATTEMPTS_PER_CLEANUP", 1)
    await pass_time(database, 60)
    await consume(database, BURST_OF_THREE.attempt_by("eve"))
    assert await count_keys(database) == 1


async def test_table_does_not_disclose_subjects(database: Database) -> None:
    await consume(
        database,
        BURST_OF_THREE.attempt_by("ada@example.test"),
        BURST_OF_THREE.attempt_by("\ud800"),
        BURST_OF_THREE.attempt_by("x" * 100_000),
    )
    async with database.read_engine.connect() as connection:
        keys = list(await connection.scalars(select(table_of(Throttle).c.key)))
    assert all(key.startswith("three:") and len(key) == 70 for key in keys)


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
def test_addresses_of_one_network_share_a_limit(address: str | None) -> None:
    assert network_of(address) == NETWORKS[address]
