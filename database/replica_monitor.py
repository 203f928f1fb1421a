"""Asks the primary and its replicas every 100 ms how far their logs are, over a connection of its own to each."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

from database.connection import PooledConnection, open_driver_connection
from database.outage import describe_outage
from database.postgresql import PostgresDatabase
from database.primary_history import PrimaryHistory, PrimaryState, ReplicaAnswer
from database.replica import Replica
from database.wal_position import SELECT_LSN, SELECT_TIMELINE, parse_timeline

INTERVAL_SECONDS = 0.1
MIN_INTERVAL_SECONDS = 0.005
"""The interval while requests wait for a replica."""
ANSWER_TIMEOUT = 1.0
CONNECT_TIMEOUT = 3.0
RECONNECT_SECONDS = 0.2

PRIMARY_SQL = f"SELECT {SELECT_TIMELINE} AS timeline, {SELECT_LSN} AS lsn, find_log_epoch() AS epoch"
BEGIN_EPOCH_SQL = "SELECT write_log_epoch()"
"""Writes the row of the log epoch if the cluster has not written to a log yet. Replicas are recognized by it."""
REPLICA_SQL = """
    SELECT pg_is_in_recovery() AS is_in_recovery, coalesce((pg_last_wal_replay_lsn() - '0/0')::bigint, 0) AS lsn,
        (SELECT max(id) FROM log_epoch) AS epoch,
        (SELECT timeline_id FROM pg_control_checkpoint()) AS checkpoint_timeline,
        (SELECT min_recovery_end_timeline FROM pg_control_recovery()) AS recovery_timeline,
        (SELECT min(received_tli) FROM pg_stat_wal_receiver) AS received_timeline
"""

logger = logging.getLogger("allotment.replicas")


class NoteFailure(Protocol):
    """A callback for the error of a question, and whether it is that the server did not answer in time."""

    def __call__(self, error: Exception, /, *, is_silent: bool) -> None: ...


class ServerProbe:
    """Sends one query to one server again and again."""

    def __init__(
        self,
        database: PostgresDatabase,
        sql: str,
        note_row: Callable[[float, Any], None],
        note_failure: NoteFailure,
    ) -> None:
        self._database = database
        self._sql = sql
        self._note_row = note_row
        self._note_failure = note_failure
        self._connection: PooledConnection | None = None
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Send the query soon."""
        self._wake.set()

    async def run(self) -> None:
        """Send the query until the task is cancelled."""
        while True:
            started_at = monotonic()
            try:
                row = await self.fetch(self._sql)
                self._note_row(started_at, row)
            except Exception as error:  # noqa: BLE001 -- of any kind: the server is not used then
                self.disconnect()
                self._note_failure(error, is_silent=monotonic() - started_at >= ANSWER_TIMEOUT)
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                await self._pause()

    async def _pause(self) -> None:
        self._wake.clear()
        await asyncio.sleep(MIN_INTERVAL_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(INTERVAL_SECONDS):
                await self._wake.wait()

    async def fetch(self, sql: str) -> Any:
        """Send a query, and return its row."""
        if self._connection is None:
            driver = await open_driver_connection(self._database.read_engine, CONNECT_TIMEOUT)
            driver.add_termination_listener(lambda _driver: self.wake())  # a failure is noticed at once
            self._connection = PooledConnection(driver, ANSWER_TIMEOUT)
        self._connection.deadline.start()
        try:
            return await self._connection.driver.fetchrow(sql)
        finally:
            if self._connection is not None:
                self._connection.deadline.stop()

    def disconnect(self) -> None:
        """Cut the connection off."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


class PrimaryProbe(ServerProbe):
    """Asks the primary."""

    async def fetch(self, sql: str) -> Any:
        row = await super().fetch(sql)
        if row["epoch"] is None:
            await super().fetch(BEGIN_EPOCH_SQL)
            row = await super().fetch(sql)
        return row


class ReplicaMonitor:
    """Keeps the freshness of the replicas current while it runs."""

    def __init__(self, primary: PostgresDatabase, replicas: Sequence[Replica]) -> None:
        self.history = PrimaryHistory()
        self._is_primary_known = True
        self._probes: list[ServerProbe] = [
            PrimaryProbe(primary, PRIMARY_SQL, self._note_primary, self._note_primary_failure),
            *(
                ServerProbe(replica.database, REPLICA_SQL, self._note_replica(replica), _note_failure_of(replica))
                for replica in replicas
            ),
        ]
        self._tasks: set[asyncio.Task[None]] = set()
        self._probed = asyncio.Event()

    def start(self) -> None:
        """Begin to ask the servers."""
        self._tasks = {asyncio.create_task(probe.run()) for probe in self._probes}

    async def close(self) -> None:
        """Stop asking, and close the connections."""
        tasks, self._tasks = self._tasks, set()
        for probe in self._probes:
            probe.disconnect()  # first, or asyncpg would send a cancel request
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def wait_for_probe(self, seconds: float) -> None:
        """Ask the servers soon, and wait until one has answered, or so many seconds. Requests that wait at the same
        time share the questions."""
        for probe in self._probes:
            probe.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._probed.wait()

    def _note_primary(self, started_at: float, row: Any) -> None:
        self.history.record(started_at, PrimaryState(parse_timeline(row["timeline"]), row["epoch"], row["lsn"]))
        if not self._is_primary_known:
            self._is_primary_known = True
            logger.info("The position of the primary is known again")
        self._notify()

    def _note_primary_failure(self, error: Exception, *, is_silent: bool) -> None:  # noqa: ARG002 -- a callback
        if self._is_primary_known:
            self._is_primary_known = False
            logger.warning(
                "The position of the primary is not known, so no replica can be used: %s", describe_outage(error)
            )

    def _note_replica(self, replica: Replica) -> Callable[[float, Any], None]:
        def note_row(started_at: float, row: Any) -> None:
            replica.note_answer(started_at, ReplicaAnswer.from_row(row), self.history)
            self._notify()

        return note_row

    def _notify(self) -> None:
        probed, self._probed = self._probed, asyncio.Event()
        probed.set()


def _note_failure_of(replica: Replica) -> NoteFailure:
    def note_failure(error: Exception, *, is_silent: bool) -> None:
        replica.note_failure(error)
        if is_silent:  # requests need not wait for their statement timeout
            replica.database.terminate_connections()

    return note_failure
