"""Work leases: one holder at a time, also after a process was killed or paused."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from database.authentication import Credentials
from database.engine import Database
from models import WorkLease
from models.base import utc_now
from models.relations import table_of
from server.scheduling.job import ScheduledJob
from server.scheduling.scheduler import Scheduler
from services.core.use_case import run_use_case
from services.core.work_leases import HeldLease, LeaseLost, WorkLeases, add_work, make_due, remove_work, renew_in

KIND = "test"
SECONDS = 60.0


async def add(database: Database, *names: str) -> None:
    for name in names:
        await run_use_case(database, Credentials(), partial(add_work, kind=KIND, name=name))


async def expire(database: Database) -> None:
    """Let all leases expire, as after the death of their processes."""
    lease = table_of(WorkLease)
    async with database.write_engine.begin() as connection:
        await connection.execute(update(lease).values(expires_at=utc_now() - timedelta(seconds=1)))


async def acquire(leases: WorkLeases, name: str = "a") -> HeldLease | None:
    acquired = await leases.acquire([name], SECONDS)
    return acquired[0] if acquired else None


async def test_work_is_due_until_it_is_acquired(database: Database) -> None:
    await add(database, "a", "b")
    first, second = WorkLeases(database), WorkLeases(database)
    assert sorted(await first.find_due(KIND, 10)) == ["a", "b"]
    assert await first.find_due("other", 10) == []
    assert len(await first.find_due(KIND, 1)) == 1
    held = await acquire(first)
    assert held is not None
    assert held.fencing_number == 1
    assert 0 < held.remaining_seconds <= SECONDS
    assert await second.find_due(KIND, 10) == ["b"]
    assert await acquire(second) is None
    await first.release(held, due_in_seconds=SECONDS)
    assert await second.find_due(KIND, 10) == ["b"]
    await run_use_case(database, Credentials(), lambda work: make_due(work, "a"))
    assert sorted(await second.find_due(KIND, 10)) == ["a", "b"]


async def test_work_that_became_due_while_it_was_held_is_due_after_the_release(database: Database) -> None:
    await add(database, "a")
    leases = WorkLeases(database)
    held = await acquire(leases)
    assert held is not None
    await run_use_case(database, Credentials(), lambda work: make_due(work, "a"))
    await leases.release(held, due_in_seconds=SECONDS)
    again = await acquire(leases)
    assert again is not None
    await leases.release(again, due_in_seconds=SECONDS)
    assert await leases.find_due(KIND, 10) == []


async def test_one_of_many_processes_acquires_a_lease(database: Database) -> None:
    await add(database, "a")
    acquired = await asyncio.gather(*(acquire(WorkLeases(database)) for _ in range(10)))
    assert sum(held is not None for held in acquired) == 1


async def test_former_holder_cannot_write(database: Database) -> None:
    await add(database, "a")
    paused, successor = WorkLeases(database), WorkLeases(database)
    former = await acquire(paused)
    assert former is not None
    await paused.renew(former)
    await expire(database)
    current = await acquire(successor)
    assert current is not None
    assert current.fencing_number == former.fencing_number + 1
    with pytest.raises(LeaseLost):
        await paused.renew(former)
    with pytest.raises(LeaseLost):
        await run_use_case(database, Credentials(), lambda work: renew_in(work, former))
    await paused.release(former, due_in_seconds=0)  # has no effect
    assert await paused.find_due(KIND, 10) == []
    await successor.renew(current)


async def test_holder_of_removed_work_loses_the_lease(database: Database) -> None:
    await add(database, "a")
    leases = WorkLeases(database)
    held = await acquire(leases)
    assert held is not None
    await run_use_case(database, Credentials(), lambda work: remove_work(work, ["a"]))
    with pytest.raises(LeaseLost):
        await leases.renew(held)


async def test_work_is_added_once(database: Database) -> None:
    await add(database, "a")
    held = await acquire(WorkLeases(database))
    await add(database, "a")
    assert held is not None
    assert await WorkLeases(database).find_due(KIND, 10) == []


async def test_job_is_performed_by_one_process_in_each_interval(database: Database) -> None:
    performed: list[str] = []

    def build(process: str) -> Scheduler:
        async def perform(_database: Database) -> None:
            performed.append(process)
            await asyncio.sleep(0.05)

        job = ScheduledJob("count", timedelta(hours=1), perform)
        return Scheduler(database, WorkLeases(database), [job])

    schedulers = [build(str(number)) for number in range(4)]
    await asyncio.gather(*(each.perform_due() for each in schedulers))
    await asyncio.gather(*(each.perform_due() for each in schedulers))
    assert len(performed) == 1


async def test_job_that_fails_is_performed_again_soon(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_database: Database) -> None:
        raise RuntimeError("broken")

    performed: list[int] = []

    async def succeed(_database: Database) -> None:
        performed.append(1)

    jobs = [ScheduledJob("a-broken", timedelta(hours=1), fail), ScheduledJob("b-other", timedelta(hours=1), succeed)]
    await Scheduler(database, WorkLeases(database), jobs).perform_due()
    assert performed == [1]
    assert "The job a-broken failed" in caplog.text
    lease = table_of(WorkLease)
    async with database.read_engine.connect() as connection:
        due_at = {row.name: row.due_at for row in await connection.execute(lease.select())}
    assert due_at["job:a-broken"] < utc_now() + timedelta(minutes=10) < due_at["job:b-other"]


async def test_job_of_a_killed_process_is_performed_by_another(database: Database) -> None:
    started = asyncio.Event()
    performed: list[int] = []

    async def hang(_database: Database) -> None:
        started.set()
        await asyncio.Event().wait()

    async def succeed(_database: Database) -> None:
        performed.append(1)

    interval = timedelta(hours=1)
    killed = Scheduler(database, WorkLeases(database), [ScheduledJob("x", interval, hang)])
    task = asyncio.create_task(killed.perform_due())
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    successor = Scheduler(database, WorkLeases(database), [ScheduledJob("x", interval, succeed)])
    await successor.perform_due()
    assert performed == []
    await expire(database)
    await successor.perform_due()
    assert performed == [1]
