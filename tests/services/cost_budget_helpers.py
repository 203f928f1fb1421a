"""Budgets with a clock that tests advance, several of them on one database like several processes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from database.engine import Database
from server.config.settings import Settings
from server.database_factory import build_database
from services.core.background import BackgroundTasks
from services.core.cost.buckets import BucketKey, BucketLimit, BucketLimits
from services.core.cost.budgets import CostBudgets
from services.core.cost.lessor import Clock
from services.core.errors import RateLimited

TENANT, USER = BucketKey("tenant", "t"), BucketKey("user", "u")
KEYS = (TENANT, USER)


def build_limit(kind: str, per_second: int, burst: int) -> BucketLimit:
    """Build a limit with names of settings that contain its kind."""
    return BucketLimit(kind, f"the {kind}", per_second, burst, (f"RATE_{kind.upper()}", f"BURST_{kind.upper()}"))


LIMITS = BucketLimits({"tenant": build_limit("tenant", 200, 2000), "user": build_limit("user", 100, 1000)})
FAST_LIMITS = BucketLimits({"user": build_limit("user", 2_000_000, 10_000_000)})


@dataclass
class BudgetProcesses:
    """Builds budgets that share a clock. Each has its own connections if it is to be a process of its own."""

    settings: Settings
    database: Database
    now: float = 1_800_000_000.0015
    """Not a time at which the first transaction also deletes idle keys."""
    background: BackgroundTasks = field(default_factory=BackgroundTasks)
    _databases: list[Database] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        """The shared clock, which stands still until a test advances it."""
        return Clock(lambda: self.now, lambda: self.now)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def build(self, limits: BucketLimits = LIMITS) -> CostBudgets:
        """Build budgets on the database of the application."""
        return CostBudgets(self.database, self.background, limits, self.clock)

    def build_process(self, limits: BucketLimits = LIMITS) -> CostBudgets:
        """Build budgets with their own connections."""
        database = build_database(self.settings)
        self._databases.append(database)
        return CostBudgets(database, self.background, limits, self.clock)

    async def close(self) -> None:
        """Close the connections of the processes."""
        await self.background.drain()
        for database in self._databases:
            await database.close()


async def spend(budgets: CostBudgets, points: int, keys: Sequence[BucketKey] = (USER,)) -> int:
    """Charge so many points until the budget refuses; return the points that were charged."""
    total = 0
    while True:
        try:
            charge = await budgets.charged_buckets(keys).charge(points)
        except RateLimited:
            return total
        total += charge.points


def remaining(charge: Any) -> list[int]:
    """Return the remaining points of each bucket."""
    return [status.remaining for status in charge.buckets.statuses]
