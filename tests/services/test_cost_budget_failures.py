"""Who makes the transactions of cost budgets slow, or lets them fail, gets no other budget: requests wait, or fail."""

import asyncio
import logging
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.authentication import Credentials
from database.outage import DatabaseUnavailable
from services.core.errors import Conflict, RateLimited
from tests.services.cost_budget_helpers import KEYS, USER, BudgetProcesses, spend

pytestmark = pytest.mark.slow


def fail(monkeypatch: pytest.MonkeyPatch, processes: BudgetProcesses, error: Exception) -> None:
    """Let all transactions that write fail."""

    async def begin(*_arguments: Any, **_options: Any) -> Any:
        raise error

    monkeypatch.setattr(processes.database, "begin_write", begin)


@pytest.mark.parametrize(
    "error", [PoolTimeout("None of 20 connections became free."), Conflict(), LookupError("no table")], ids=repr
)
async def test_failure_that_is_no_outage_refuses_requests(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    budgets = processes.build()
    with monkeypatch.context() as patched:
        fail(patched, processes, error)
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable):
                await budgets.charged_buckets(KEYS).charge(10)
    assert [record.levelname for record in caplog.records if record.name == "allotment.cost"] == ["ERROR"]
    assert str(error) in caplog.text
    assert "Traceback" in caplog.text
    assert await spend(budgets, 10) == 1000  # at once, and once


async def test_full_pool_does_not_multiply_the_budget(processes: BudgetProcesses) -> None:
    """The connections are in use for longer than a second. The lease gets the next one, before tenants that wait."""
    budgets = processes.build()
    transactions, waiting = await occupy(processes)
    charge = asyncio.create_task(budgets.charged_buckets((USER,)).charge(10))
    await asyncio.sleep(1.2)
    assert not charge.done()
    await transactions[0].close()
    assert (await charge).points == 10
    assert await spend(budgets, 10) == 990
    for transaction in transactions[1:]:
        await transaction.close()
    await asyncio.gather(*waiting)


async def occupy(processes: BudgetProcesses) -> tuple[list[Any], list["asyncio.Task[None]"]]:
    """Begin transactions that write until one would have to wait; and let transactions of many tenants wait."""

    async def wait_in_turn(number: int) -> None:
        transaction, _ = await processes.database.begin_write(Credentials(group=("waiting", number)))
        await asyncio.sleep(0.01)
        await transaction.close()

    transactions: list[Any] = []
    while True:
        begin = processes.database.begin_write(Credentials(group=("tenant", len(transactions))))
        try:
            transactions.append((await asyncio.wait_for(begin, 0.5))[0])
        except TimeoutError:
            waiting = [asyncio.create_task(wait_in_turn(number)) for number in range(5)]
            await asyncio.sleep(0.01)
            return transactions, waiting


async def test_request_stops_waiting_when_it_is_cancelled(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets = processes.build()
    answer = asyncio.Event()
    begin_write: Any = processes.database.begin_write

    async def begin(*arguments: Any, **options: Any) -> Any:
        await answer.wait()
        return await begin_write(*arguments, **options)

    monkeypatch.setattr(processes.database, "begin_write", begin)
    tasks = [asyncio.create_task(budgets.charged_buckets((USER,)).charge(600)) for _ in range(2)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.wait([tasks[0]])
    answer.set()
    assert (await tasks[1]).points == 600
    with pytest.raises(RateLimited):
        await budgets.charged_buckets((USER,)).charge(600)


async def test_failures_are_logged_once_a_minute(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "allotment.cost")
    budgets = processes.build()
    fail(monkeypatch, processes, LookupError("no table"))
    for _ in range(5):
        with pytest.raises(DatabaseUnavailable):
            await budgets.charged_buckets(KEYS).charge(10)
        processes.advance(30)
    assert len([record for record in caplog.records if record.name == "allotment.cost"]) == 3
