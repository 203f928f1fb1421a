"""Cost budgets on both database engines: bursts, restoration, refunds, refusals, and several processes."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from database.engine import Database
from models import Throttle
from models.relations import table_of
from services.core.cost.buckets import BucketKey
from services.core.cost.lease import PAUSE_SECONDS
from services.core.errors import BadInput, RateLimited
from tests.harness.statement_counter import StatementCounter
from tests.services.cost_budget_helpers import (
    FAST_LIMITS,
    KEYS,
    TENANT,
    USER,
    BudgetProcesses,
    remaining,
    spend,
)


async def test_burst_is_charged_and_then_restored_per_second(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    assert await spend(budgets, 10) == 1000
    processes.advance(3)
    assert await spend(budgets, 10) == 300
    processes.advance(3600)
    assert await spend(budgets, 10) == 1000


async def test_request_that_was_refused_succeeds_after_waiting(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    await spend(budgets, 100)
    with pytest.raises(RateLimited) as refused:
        await budgets.charged_buckets((USER,)).charge(250)
    assert refused.value.retry_after == 3
    processes.advance(2)
    with pytest.raises(RateLimited) as refused:
        await budgets.charged_buckets((USER,)).charge(250)
    assert refused.value.retry_after == 1
    processes.advance(1)
    assert (await budgets.charged_buckets((USER,)).charge(250)).points == 250


async def test_refusal_names_bucket_limit_and_settings(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    await budgets.charged_buckets(KEYS).charge(990)
    with pytest.raises(RateLimited) as refused:
        await budgets.charged_buckets(KEYS).charge(400)
    assert str(refused.value) == (
        "This operation may cost 400 points; the budget of the user has 10 left. It restores 100 points per second "
        "(RATE_USER), up to 1,000 (BURST_USER). Try again in 4 seconds."
    )
    statuses = [(status.limit.kind, status.remaining, status.reset_seconds) for status in refused.value.buckets]
    assert statuses == [("tenant", 1010, 1), ("user", 10, 4)]


async def test_refund_can_be_charged_again(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    for _ in range(50):
        charge = await budgets.charged_buckets(KEYS).charge(500)
        charge.refund(490)
        assert charge.points == 10
        processes.advance(0.1)
    processes.advance(1)
    assert remaining(charge) == [2000, 1000]


async def test_refund_is_at_most_what_was_charged(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    charge = await budgets.charged_buckets((USER,)).charge(600)
    for _ in range(3):
        charge.refund(500)
    assert remaining(charge) == [1000]
    assert await spend(budgets, 100) == 1000


async def test_refused_charge_costs_no_bucket_anything(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    first, second = BucketKey("user", "first"), BucketKey("user", "second")
    assert await spend(budgets, 100, (TENANT, first)) == 1000
    assert await spend(budgets, 100, (TENANT, second)) == 1000
    for _ in range(20):
        with pytest.raises(RateLimited, match="budget of the tenant has 0 left"):
            await budgets.charged_buckets((TENANT, USER)).charge(100)
    assert await spend(budgets, 100) == 1000
    processes.advance(9)
    for _ in range(20):  # the tenant's budget is restored, the user's is used up
        with pytest.raises(RateLimited, match="budget of the user has"):
            await budgets.charged_buckets((TENANT, USER)).charge(1000)
    assert await spend(budgets, 100, (TENANT,)) == 1800


async def test_buckets_of_other_subjects_are_separate(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    await spend(budgets, 100)
    assert await spend(budgets, 100, (BucketKey("user", "another"),)) == 1000


async def test_request_beyond_the_burst_is_bad_input(processes: BudgetProcesses) -> None:
    with pytest.raises(BadInput, match=r"never has more than 1,000 \(BURST_USER\)"):
        await processes.build().charged_buckets(KEYS).charge(1001)


async def test_request_without_buckets_is_not_limited(processes: BudgetProcesses) -> None:
    charge = processes.build().charged_buckets(()).try_charge(10**9)
    assert charge is not None
    assert charge.buckets.statuses == ()


async def test_charge_of_leased_points_needs_no_await(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    assert budgets.charged_buckets(KEYS).try_charge(10) is None
    await budgets.charged_buckets(KEYS).charge(10)
    charge = budgets.charged_buckets(KEYS).try_charge(10)
    assert charge is not None
    assert remaining(charge) == [1980, 980]
    assert budgets.charged_buckets(KEYS).try_charge(900) is None
    assert remaining(charge) == [1980, 980]


# Statements


async def test_concurrent_requests_share_one_statement(
    processes: BudgetProcesses, statement_counter: StatementCounter
) -> None:
    budgets = processes.build(FAST_LIMITS)
    statement_counter.ignored_table = None
    with statement_counter:
        await asyncio.gather(*(budgets.charged_buckets((USER,)).charge(10_000) for _ in range(100)))
        await processes.background.drain()
        assert statement_counter.count == 1


async def test_load_needs_about_one_statement_per_second_and_bucket(
    processes: BudgetProcesses, statement_counter: StatementCounter
) -> None:
    budgets = processes.build(FAST_LIMITS)
    statement_counter.ignored_table = None
    with statement_counter:
        for _ in range(10_000):  # 1,000 per second, each a tenth of which is used
            buckets = budgets.charged_buckets((USER,))
            charge = buckets.try_charge(1000) or await buckets.charge(1000)
            charge.refund(900)
            processes.advance(0.001)
        await processes.background.drain()
        assert 1 <= statement_counter.count <= 12, statement_counter.statements


async def test_refill_happens_before_requests_have_to_wait(processes: BudgetProcesses) -> None:
    budgets = processes.build(FAST_LIMITS)
    await budgets.charged_buckets((USER,)).charge(1000)
    waits = 0
    for _ in range(2000):
        waits += budgets.charged_buckets((USER,)).try_charge(1000) is None
        processes.advance(0.001)
        await asyncio.sleep(0.0005)
    assert waits == 0


async def test_refused_requests_need_few_statements(
    processes: BudgetProcesses, statement_counter: StatementCounter
) -> None:
    budgets, charged = processes.build(), 0
    await spend(budgets, 10)
    statement_counter.ignored_table = None
    with statement_counter:
        for _ in range(1000):  # 100 per second, a tenth of which the budget permits
            processes.advance(0.01)
            with suppress(RateLimited):
                charged += (await budgets.charged_buckets((USER,)).charge(10)).points
        assert statement_counter.count <= 4 * 10 / PAUSE_SECONDS
    assert 900 <= charged <= 1000


async def test_cancelled_request_leaves_the_lease_to_others(processes: BudgetProcesses) -> None:
    budgets = processes.build()
    tasks = [asyncio.create_task(budgets.charged_buckets((USER,)).charge(10)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 5
    assert await spend(budgets, 10) == 950


async def test_table_does_not_disclose_subjects(processes: BudgetProcesses, database: Database) -> None:
    budgets = processes.build()
    await budgets.charged_buckets((BucketKey("user", "192.0.2.7"), BucketKey("tenant", "x" * 10_000))).charge(10)
    async with database.read_engine.connect() as connection:
        keys = list(await connection.scalars(select(table_of(Throttle).c.key)))
        assert await connection.scalar(select(func.max(func.length(table_of(Throttle).c.key)))) == 76
    assert sorted(key.partition(":")[0] for key in keys) == ["cost-tenant", "cost-user"]
