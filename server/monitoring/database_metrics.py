"""The metrics of the database: pools, replicas, and the lag of the change feed."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from database.engine import Database
from database.pool_usage import PoolUsage
from database.replica import ReplicaState
from database.replicas import Replicas
from server.change_feed_lag import ChangeFeedLag, load_lag
from server.telemetry.metrics import catalog
from server.telemetry.metrics.family import Family, Labels, Value, single

PRIMARY = "primary"
SAMPLE_SECONDS = 10.0
"""How often the database is asked."""
TIMEOUT_SECONDS = 5.0


class DatabaseMetrics:
    """Counts connections when it is asked, and asks the database for the lag of the feed every few seconds."""

    def __init__(self, database: Database, replicas: Replicas | None) -> None:
        self._database = database
        self._replicas = replicas
        self._lag: ChangeFeedLag | None = None
        self._is_up: bool | None = None
        """Whether the database has answered; None before it was asked."""

    async def sample(self) -> None:
        """Ask the database."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self._database.read_engine.connect() as connection:
                self._lag, self._is_up = await load_lag(connection, self._database.log_order), True
        except (SQLAlchemyError, OSError, TimeoutError):
            self._lag, self._is_up = None, False

    def collect(self) -> list[Family]:
        """Return the metrics. During an outage, there is no lag of the feed."""
        families = self._collect_pools()
        if self._is_up is not None:
            families.append(single(catalog.DATABASE_UP, int(self._is_up)))
        if self._lag is not None:
            families.append(single(catalog.FEED_LAG, self._lag.seconds))
            families.append(single(catalog.FEED_TRANSACTIONS, self._lag.transactions))
        return families

    def _collect_pools(self) -> list[Family]:
        statuses = [] if self._replicas is None else self._replicas.status()
        pools = {PRIMARY: self._database.pool_usage()} | {status.name: status.pool for status in statuses}
        families = _describe_pools(pools)
        if statuses:
            known = {(each.name,): each.lag_seconds for each in statuses}
            lags: dict[Labels, Value] = {name: lag for name, lag in known.items() if lag is not None}
            serving: dict[Labels, Value] = {(each.name,): each.state is ReplicaState.SERVING for each in statuses}
            families += [Family(catalog.REPLICA_LAG, lags), Family(catalog.REPLICA_SERVING, serving)]
        return families


def _describe_pools(pools: dict[str, PoolUsage]) -> list[Family]:
    items = pools.items()
    return [
        Family(catalog.POOL_SIZE, {(name,): usage.size + usage.max_overflow for name, usage in items}),
        Family(catalog.POOL_IN_USE, {(name,): usage.in_use for name, usage in items}),
        Family(catalog.POOL_IDLE, {(name,): usage.idle for name, usage in items}),
        Family(catalog.POOL_WAITING, {(name,): usage.waiting for name, usage in items}),
    ]
