"""A read replica: its pool of connections, and what the monitor knows about it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Any
from weakref import WeakSet

from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.asyncpg_transaction import AsyncpgReadTransaction
from database.authentication import Credentials, Principal, is_denial
from database.cached_identity import prepare_sql
from database.callers import Caller, Callers
from database.engine import EngineOptions
from database.outage import DatabaseUnavailable, describe_outage, is_outage
from database.pool_usage import PoolUsage
from database.postgresql import PostgresDatabase
from database.primary_history import PrimaryHistory, ReplicaAnswer

MAX_LAG_SECONDS = 0.5
"""How old the state may be that a replica serves. Also the time within which revoked access ends everywhere."""
LEAVE_OUT_SECONDS = 1.0
"""How long a replica is left out at least after a request could not use it."""

logger = logging.getLogger("allotment.replicas")


class ReplicaTransaction(AsyncpgReadTransaction):
    """A read-only snapshot of a replica."""

    @staticmethod
    def setup_sql() -> str:
        """Return the SQL that prepares a connection once. A standby refuses to prepare an INSERT."""
        return prepare_sql()


class PooledReplicaTransaction(ReplicaTransaction):
    """A read-only snapshot of a replica behind a pooler, whose sessions cannot be prepared."""

    async def _ensure_prepared(self) -> bool:
        return False


class ReplicaCallers(Callers):
    """The callers that the primary knows. One is not forgotten because a replica denies it: it may have signed in a
    moment ago."""

    def __init__(self, callers: Callers) -> None:
        super().__init__()
        self._shared = callers

    def find(self, credentials: Credentials) -> Caller | None:
        return self._shared.find(credentials)

    def record(self, credentials: Credentials, principal: Principal) -> None:
        if not is_denial(credentials, principal):
            self._shared.record(credentials, principal)


class ReplicaDatabase(PostgresDatabase):
    """The database on a replica. It shares the known callers with the primary."""

    def __init__(self, options: EngineOptions, callers: Callers) -> None:
        super().__init__(options)
        self.callers = ReplicaCallers(callers)
        is_pooled = options.connect_args.get("statement_cache_size") == 0
        self._transaction_class = PooledReplicaTransaction if is_pooled else ReplicaTransaction
        self._drivers: WeakSet[Any] = WeakSet()
        self._openings: set[asyncio.Timeout] = set()
        """The timeouts of connections that are being opened."""

    async def begin_read(self, credentials: Credentials) -> tuple[ReplicaTransaction, Principal]:
        connection = await self.pool.acquire(credentials.group)
        return await self._begin(self._transaction_class(self.sync_engine, self.pool, connection), credentials)

    def terminate_connections(self) -> None:
        """Cut off all connections of the pool, also those that are being opened. Statements that wait for an answer
        fail."""
        for driver in list(self._drivers):
            driver.terminate()
        for opening in self._openings:
            opening.reschedule(asyncio.get_running_loop().time())

    async def _open_connection(self) -> Any:
        async with asyncio.timeout(None) as opening:
            self._openings.add(opening)
            try:
                driver = await super()._open_connection()
            finally:
                self._openings.discard(opening)
        if self.is_distributed:
            driver.terminate()
            raise DatabaseUnavailable("A standby of a Citus coordinator does not serve reads.")
        self._drivers.add(driver)
        return driver


class ReplicaState(StrEnum):
    """Whether requests read from a replica, or why not."""

    SERVING = "serving"
    LAGGING = "lagging"
    UNREACHABLE = "unreachable"
    OTHER_TIMELINE = "otherTimeline"


@dataclass(frozen=True)
class ReplicaStatus:
    """A replica as operators see it."""

    name: str
    state: ReplicaState
    lag_seconds: float | None
    """The age of the newest moment up to which it is known to be complete; None if there is none."""
    pool: PoolUsage


class Replica:
    """A replica and its freshness."""

    def __init__(self, name: str, database: ReplicaDatabase, clock: Callable[[], float] = monotonic) -> None:
        self.name = name
        """Its address, without user and password."""
        self.database = database
        self.replayed = 0
        """How far it has replayed the log."""
        self.fresh_as_of: float | None = None
        """When everything had been committed that it is known to contain; None if that is not known."""
        self.state = ReplicaState.UNREACHABLE
        self._logged_state: ReplicaState | None = None
        self.last_choice = 0
        """The number of the last choice of this replica, which breaks ties."""
        self._left_out_until = float("-inf")
        self._clock = clock

    @property
    def is_fresh(self) -> bool:
        """Whether requests may read from it now."""
        return self.fresh_as_of is not None and self.is_recent(self.fresh_as_of)

    def is_recent(self, time: float) -> bool:
        """Return whether a snapshot that contains everything up to this time may be served now."""
        return self._clock() - time <= MAX_LAG_SECONDS

    def note_answer(self, started_at: float, answer: ReplicaAnswer, history: PrimaryHistory) -> None:
        """Compute the freshness from what the replica has answered to a question of this time."""
        if started_at < self._left_out_until:
            return
        self.replayed = answer.lsn
        self.fresh_as_of = history.fresh_as_of(answer)
        if history.state is not None and not history.follows(answer):
            self._change_state(ReplicaState.OTHER_TIMELINE, "it does not replay the history of the primary")
        else:
            self._change_state(ReplicaState.SERVING if self.is_fresh else ReplicaState.LAGGING)

    def note_failure(self, error: BaseException) -> None:
        """Note that the monitor could not ask the replica. After a restart its state may be older for a while."""
        self.fresh_as_of = None
        self.replayed = 0
        self._change_state(ReplicaState.UNREACHABLE, describe_outage(error))

    def note_error(self, error: BaseException) -> None:
        """Note an error of a request. If the replica cannot be reached, it is left out for a while."""
        if is_outage(error) and not isinstance(error, PoolTimeout):
            self._left_out_until = self._clock() + LEAVE_OUT_SECONDS
            self.note_failure(error)

    def status(self) -> ReplicaStatus:
        """Describe the replica for operators."""
        lag = None if self.fresh_as_of is None else self._clock() - self.fresh_as_of
        is_late = self.state is ReplicaState.SERVING and not self.is_fresh
        state = ReplicaState.LAGGING if is_late else self.state
        return ReplicaStatus(self.name, state, lag, self.database.pool_usage())

    def _change_state(self, state: ReplicaState, reason: str = "") -> None:
        self.state = state
        if state is self._logged_state:
            return
        self._logged_state = state
        level = logging.INFO if state is ReplicaState.SERVING else logging.WARNING
        logger.log(level, "Replica %s is %s%s", self.name, state.value, f": {reason}" if reason else "")
