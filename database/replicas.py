"""Read replicas: each query reads from one that is fresh enough, or from the primary."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from itertools import count
from time import monotonic

from database.authentication import Credentials, Principal, is_denial
from database.engine import Database
from database.postgresql import PostgresDatabase
from database.replica import Replica, ReplicaStatus
from database.replica_monitor import ReplicaMonitor
from database.shares import Group
from database.transaction import Transaction
from database.wal_position import SELECT_LSN, SELECT_TIMELINE, WalPosition, parse_timeline

MAX_WAIT_SECONDS = 0.1
"""How long a request waits for a replica to replay what its client has written."""
POSITION_TIMEOUT = 1.0
_POSITION_SQL = f"SELECT {SELECT_TIMELINE} AS timeline, {SELECT_LSN} AS lsn"


logger = logging.getLogger("allotment.replicas")


class Replicas:
    """The replicas of one primary."""

    def __init__(self, primary: PostgresDatabase, replicas: Sequence[Replica]) -> None:
        self.primary = primary
        self.members = replicas
        self._monitor = ReplicaMonitor(primary, replicas)
        self._choices = count(1)
        self.read_primary: Database = primary
        """What transactions on the primary are begun on."""
        self.observed: Mapping[str, Database] | None = None
        """What transactions are begun on instead of the databases of the replicas, by the replica's name."""

    def observed_by(self, observe: Callable[[Database, str], Database]) -> "Replicas":
        """Return the same replicas and primary for requests whose statements are observed."""
        copied = copy(self)
        copied.read_primary = observe(self.primary, "primary")
        copied.observed = {replica.name: observe(replica.database, "replica") for replica in self.members}
        return copied

    def start(self) -> None:
        """Begin to ask the servers. Until they have answered, all requests read from the primary."""
        self._monitor.start()

    async def close(self) -> None:
        """Stop asking, and close all connections that are not in use."""
        await self._monitor.close()
        for replica in self.members:
            await replica.database.close()

    def status(self) -> list[ReplicaStatus]:
        """Describe the replicas for operators."""
        return [replica.status() for replica in self.members]

    def build_source(self, position: WalPosition | None = None) -> "ReplicaSource":
        """Build what begins the read transactions of one request. Its client has seen the position."""
        return ReplicaSource(self, position)

    async def choose(self, position: WalPosition | None) -> Replica | None:
        """Return a fresh replica that has replayed the position; None to read from the primary."""
        replica = self._find(position)
        if replica is None and position is not None:
            replica = await self._wait_for(position)
        if replica is not None:
            replica.last_choice = next(self._choices)
        return replica

    async def load_position(self, group: Group) -> WalPosition | None:
        """Load the primary's position, which contains everything that was committed before; None if that fails. The
        group is the one that waits for the connection."""
        try:
            async with asyncio.timeout(POSITION_TIMEOUT):
                return await self._load_position(group)
        except Exception as error:  # noqa: BLE001 -- the mutation is committed all the same
            logger.warning("A response has no consistency token: %r", error)
            return None

    async def _load_position(self, group: Group) -> WalPosition:
        pool = self.primary.pool
        connection = await pool.acquire(group)
        is_usable = False
        try:
            row = await connection.driver.fetchrow(_POSITION_SQL)
            is_usable = True
        finally:
            if not is_usable:
                connection.terminate()
            if not (is_usable and pool.park(connection)):
                await pool.release(connection, rollback=is_usable)
        return WalPosition(parse_timeline(row["timeline"]), row["lsn"])

    def _find(self, position: WalPosition | None) -> Replica | None:
        candidates = [replica for replica in self.members if replica.is_fresh]
        if position is not None:
            state = self._monitor.history.state
            is_current = state is not None and state.timeline == position.timeline
            candidates = [each for each in candidates if is_current and each.replayed >= position.lsn]
        return min(candidates, key=_load, default=None)

    async def _wait_for(self, position: WalPosition) -> Replica | None:
        arrived_at = monotonic()
        while (seconds := arrived_at + MAX_WAIT_SECONDS - monotonic()) > 0 and self._may_replay(position, arrived_at):
            await self._monitor.wait_for_probe(seconds)
            if (replica := self._find(position)) is not None:
                return replica
        return None

    def _may_replay(self, position: WalPosition, since: float) -> bool:
        """Return whether a replica may soon have replayed the position: not one of another timeline, or one that the
        primary itself has not reached."""
        history = self._monitor.history
        if history.state is None or history.state.timeline != position.timeline:
            return False
        is_ahead = history.sampled_at >= since and history.state.lsn < position.lsn
        return not is_ahead and any(replica.is_fresh for replica in self.members)


class ReplicaSource:
    """Begins the read transactions of one request, all on one replica, or from some time on on the primary. So what the
    request reads never becomes older."""

    def __init__(self, replicas: Replicas, position: WalPosition | None) -> None:
        self._replicas = replicas
        self._position = position
        self._is_chosen = False
        self.replica: Replica | None = None
        """The replica that the request reads from; None if it reads from the primary."""
        self.used_replica: Replica | None = None
        """The replica on which a transaction was begun, if any."""

    async def begin_read(self, credentials: Credentials) -> tuple[Transaction, Principal]:
        """Begin a transaction and authenticate."""
        if not self._is_chosen:
            self.replica = await self._replicas.choose(self._position)
            self._is_chosen = True
        if self.replica is not None:
            begun = await self._begin_on(self.replica, credentials)
            if begun is not None:
                self.used_replica = self.replica
                return begun
            self.replica = None
        return await self._replicas.read_primary.begin_read(credentials)

    async def _begin_on(self, replica: Replica, credentials: Credentials) -> tuple[Transaction, Principal] | None:
        """Begin on the replica; return None if the primary has to be asked: the replica cannot be used or is not fresh
        any more, or it denies what the primary may have granted a moment ago."""
        fresh_as_of = replica.fresh_as_of
        if fresh_as_of is None or not replica.is_fresh:
            return None
        observed = self._replicas.observed
        database = replica.database if observed is None else observed[replica.name]
        try:
            transaction, principal = await database.begin_read(credentials)
        except Exception as error:  # noqa: BLE001 -- of any kind: the primary is asked instead
            replica.note_error(error)
            return None
        # The snapshot was taken after `fresh_as_of` was read, and before now.
        # If the replica has failed meanwhile, it may have restarted with an older state.
        if replica.is_recent(fresh_as_of) and replica.is_fresh and not is_denial(credentials, principal):
            return transaction, principal
        if not transaction.park():
            await transaction.close()
        return None


def _load(replica: Replica) -> tuple[int, int]:
    return replica.database.connections_in_use, replica.last_choice
