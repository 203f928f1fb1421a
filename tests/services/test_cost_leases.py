"""Leases of cost budgets: several processes on one database, and leases that end."""

import asyncio
import random
from typing import Any

import pytest

from services.core.cost import budgets as budgets_module
from services.core.cost.buckets import BucketKey
from services.core.cost.lease import PAUSE_SECONDS
from services.core.errors import RateLimited
from tests.harness.statement_counter import StatementCounter
from tests.services.cost_budget_helpers import FAST_LIMITS, KEYS, LIMITS, USER, BudgetProcesses, spend


async def test_processes_together_do_not_exceed_the_burst(processes: BudgetProcesses) -> None:
    budgets = [processes.build_process() for _ in range(4)]
    total = sum(await asyncio.gather(*(spend(each, 7) for each in budgets)))
    assert 1000 - 4 * 7 < total <= 1000


async def test_processes_together_do_not_exceed_the_limit_over_time(processes: BudgetProcesses) -> None:
    budgets = [processes.build_process(FAST_LIMITS) for _ in range(4)]
    total, started = 0, processes.now
    for _ in range(20):
        total += sum(await asyncio.gather(*(spend(each, 30_000) for each in budgets)))
        processes.advance(0.7)
    elapsed = processes.now - started
    assert total <= 10_000_000 + 2_000_000 * elapsed
    assert total >= 2_000_000 * elapsed


async def test_used_points_never_exceed_burst_and_restoration(processes: BudgetProcesses) -> None:
    """Random charges, refunds, sweeps and restarts of three processes."""
    choose = random.Random(5)  # noqa: S311
    budgets, charged, started = [processes.build() for _ in range(3)], 0, processes.now
    for _ in range(400):
        index, points = choose.randrange(3), choose.randrange(1, 300)
        try:
            charge = await budgets[index].charged_buckets(KEYS).charge(points)
            charge.refund(choose.choice((0, points // 2, points)))
            charged += charge.points
        except RateLimited:
            processes.advance(choose.uniform(0, 2))
        if choose.random() < 0.1:
            await budgets[index].sweep()
        if choose.random() < 0.05:
            await budgets[index].close()
        assert charged <= 1000 + 100 * (processes.now - started) + 1
    assert charged > 100 * (processes.now - started) * 0.8


async def test_closed_process_returns_its_lease(processes: BudgetProcesses) -> None:
    first, second = processes.build_process(), processes.build_process()
    charge = await first.charged_buckets((USER,)).charge(1000)
    charge.refund(900)
    assert await spend(second, 10) == 0
    await first.close()
    processes.advance(PAUSE_SECONDS)
    assert 900 <= await spend(second, 10) <= 950


async def test_points_that_were_not_needed_are_returned(processes: BudgetProcesses) -> None:
    first, second = processes.build_process(), processes.build_process()
    (await first.charged_buckets((USER,)).charge(1000)).refund(1000)
    await first.sweep()  # some points were in use since the last sweep
    await first.sweep()
    minimum_lease = LIMITS.by_kind["user"].minimum_lease
    assert await spend(second, 5) == 1000 - minimum_lease
    assert await spend(first, 5) == minimum_lease


class TransactionCounter:
    """Counts the write transactions of the application's database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, processes: BudgetProcesses) -> None:
        self.count = 0
        self._begin_write: Any = processes.database.begin_write
        monkeypatch.setattr(processes.database, "begin_write", self._begin)

    async def _begin(self, *arguments: Any, **options: Any) -> Any:
        self.count += 1
        return await self._begin_write(*arguments, **options)


# The end of leases


async def test_idle_leases_end(processes: BudgetProcesses, statement_counter: StatementCounter) -> None:
    budgets = processes.build()
    await budgets.charged_buckets(KEYS).charge(10)
    processes.advance(59)
    await budgets.sweep()
    await budgets.charged_buckets(KEYS).charge(10)
    await budgets.sweep()
    processes.advance(59)
    await budgets.sweep()
    assert budgets.charged_buckets(KEYS).try_charge(1) is not None
    await budgets.sweep()
    processes.advance(61)
    with statement_counter:  # the buckets are full again, so nothing is returned
        await budgets.sweep()
        assert statement_counter.count == 0
    assert budgets.charged_buckets(KEYS).try_charge(1) is None


async def test_lease_whose_charges_are_exact_is_used(processes: BudgetProcesses) -> None:
    """Nothing is refunded, as for `{ __typename }`."""
    budgets = processes.build()
    await budgets.charged_buckets(KEYS).charge(10)
    for _ in range(8):
        await budgets.sweep()
        processes.advance(10)
        assert budgets.charged_buckets(KEYS).try_charge(1) is not None


async def test_sweeps_are_scheduled(processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets_module, "SWEEP_SECONDS", 0.01)
    budgets = processes.build()
    await budgets.charged_buckets(KEYS).charge(10)
    for _ in range(1000):
        processes.advance(61)
        await asyncio.sleep(0.01)
        if budgets.charged_buckets(KEYS).try_charge(0) is None:
            return
    raise AssertionError("the idle leases have not ended")


async def test_number_of_leases_is_bounded(processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets_module, "MAX_LEASES", 10)
    budgets = processes.build()
    for number in range(30):
        await budgets.charged_buckets((BucketKey("user", str(number)),)).charge(10)
    await processes.background.drain()
    all_buckets = [budgets.charged_buckets((BucketKey("user", str(number)),)) for number in range(30)]
    leased = [number for number, buckets in enumerate(all_buckets) if buckets.try_charge(1)]
    assert leased == list(range(20, 30))
    assert await spend(budgets, 10, (BucketKey("user", "0"),)) == 990


async def test_lease_that_is_refilled_in_the_background_does_not_end_for_others(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets_module, "MAX_LEASES", 20)
    budgets = processes.build()
    busy = budgets.charged_buckets((BucketKey("user", "busy"),))
    await busy.charge(10)
    for number in range(60):
        assert busy.try_charge(5) is not None  # never waits
        while busy.leases[0].pending is not None:
            await asyncio.wait([busy.leases[0].pending])
        processes.advance(0.1)
        await budgets.charged_buckets((BucketKey("user", str(number)),)).charge(10)


async def test_many_leases_are_acquired_and_returned_in_transactions_of_bounded_size(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.core.cost.lessor.MAX_LEASES_PER_TRANSACTION", 10)
    monkeypatch.setattr(budgets_module, "LEASES_PER_STEP", 7)
    transactions = TransactionCounter(monkeypatch, processes)
    keys = [BucketKey("user", str(number)) for number in range(35)]
    first, second = processes.build(), processes.build()
    charges = await asyncio.gather(*(first.charged_buckets((key,)).charge(500) for key in keys))
    assert transactions.count == 4
    for charge in charges:
        charge.refund(500)
    await first.sweep()
    await first.sweep()
    assert transactions.count == 8
    for key in keys:
        assert await spend(second, 25, (key,)) == 975
