"""Without a database that can be written to, cost budgets are counted by each process, and requests go on."""

import asyncio
import logging
from typing import Any

import pytest
from sqlalchemy import event

from database.engine import Database
from database.outage import DatabaseUnavailable
from server.database_factory import build_database
from services.core.cost import lessor
from services.core.cost.budgets import CostBudgets
from services.core.errors import RateLimited
from tests.services.cost_budget_helpers import KEYS, LIMITS, USER, BudgetProcesses, spend
from tests.support.settings import build_settings


class FailingWrites:
    """Replaces `begin_write` of a database: counts the attempts, and fails or never answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, database: Database, *, is_silent: bool = False) -> None:
        self.attempts = 0
        self.answer = asyncio.Event()
        self._is_silent = is_silent
        self._begin_write: Any = database.begin_write
        monkeypatch.setattr(database, "begin_write", self._begin)

    async def _begin(self, *arguments: Any, **options: Any) -> Any:
        self.attempts += 1
        if self._is_silent:
            await self.answer.wait()
            return await self._begin_write(*arguments, **options)
        raise DatabaseUnavailable


async def test_process_counts_by_itself_while_the_database_is_away(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    budgets = processes.build()
    writes = FailingWrites(monkeypatch, processes.database)
    assert await spend(budgets, 10) == 1000
    with pytest.raises(RateLimited) as refused:
        await budgets.charged_buckets((USER,)).charge(250)
    assert refused.value.retry_after == 3
    processes.advance(3)
    assert await spend(budgets, 10) == 300
    assert writes.attempts == 1
    assert len(caplog.records) == 1
    assert "DatabaseUnavailable" in caplog.text


async def test_leased_points_survive_the_outage(processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets = processes.build()
    await budgets.charged_buckets(KEYS).charge(10)
    writes = FailingWrites(monkeypatch, processes.database)
    assert budgets.charged_buckets(KEYS).try_charge(10) is not None
    assert writes.attempts == 0


async def test_database_is_asked_again_after_a_pause(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    budgets = processes.build()
    with monkeypatch.context() as patched:
        writes = FailingWrites(patched, processes.database)
        for _ in range(20):  # two per second
            await budgets.charged_buckets((USER,)).charge(50)
            await asyncio.sleep(0)
            processes.advance(0.5)
        assert 2 <= writes.attempts <= 3
    processes.advance(lessor.RETRY_SECONDS)
    await budgets.charged_buckets((USER,)).charge(500)
    for _ in range(1000):
        if "again" in caplog.text:
            break
        await asyncio.sleep(0.01)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_no_request_waits_while_the_outage_is_known(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets = processes.build()
    with monkeypatch.context() as patched:
        FailingWrites(patched, processes.database)
        await budgets.charged_buckets(KEYS).charge(10)
    processes.advance(lessor.RETRY_SECONDS)
    writes = FailingWrites(monkeypatch, processes.database, is_silent=True)
    async with asyncio.timeout(10):
        assert await spend(budgets, 10) > 500
    await asyncio.sleep(0.05)
    assert writes.attempts == 1
    writes.answer.set()
    await asyncio.sleep(0.05)


async def test_read_only_database_is_treated_like_none(
    processes: BudgetProcesses, caplog: pytest.LogCaptureFixture
) -> None:
    database = build_database(processes.settings)
    event.listen(database.write_engine.sync_engine, "connect", _make_read_only)
    budgets = CostBudgets(database, processes.background, LIMITS, processes.clock)
    assert await spend(budgets, 10) == 1000
    await budgets.close()
    await database.close()
    assert [record.levelname for record in caplog.records if record.name == "allotment.cost"] == ["WARNING"]


def _make_read_only(connection: Any, _record: Any) -> None:
    is_sqlite = "sqlite" in type(connection).__module__
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON" if is_sqlite else "SET default_transaction_read_only = on")
    cursor.close()
    connection.commit()


@pytest.mark.only("postgresql")
async def test_replica_is_treated_like_no_database(replica_url: str, processes: BudgetProcesses) -> None:
    database = build_database(build_settings(replica_url))
    budgets = CostBudgets(database, processes.background, LIMITS, processes.clock)
    assert await spend(budgets, 10) == 1000
    await budgets.close()
    await database.close()


async def test_closing_does_not_wait_for_a_database_that_does_not_answer(
    processes: BudgetProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.core.cost.budgets.CLOSE_TIMEOUT", 0.05)
    budgets = processes.build()
    await budgets.charged_buckets(KEYS).charge(10)
    writes = FailingWrites(monkeypatch, processes.database, is_silent=True)
    await budgets.close()
    writes.answer.set()
    await asyncio.sleep(0.05)
