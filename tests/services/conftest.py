"""Fixtures of the tests of services."""

from collections.abc import AsyncIterator

import pytest

from database.engine import Database
from server.config.settings import Settings
from tests.services.cost_budget_helpers import BudgetProcesses


@pytest.fixture
async def processes(settings: Settings, database: Database) -> AsyncIterator[BudgetProcesses]:
    """Budgets on the test's database."""
    budget_processes = BudgetProcesses(settings, database)
    yield budget_processes
    await budget_processes.close()
