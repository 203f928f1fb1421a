"""Locks of migrations on PostgreSQL: one process migrates at a time, and none waits long for the lock of a table.

A statement that waits for a strong lock lets every later statement on the table wait behind it. So a migration gives up
after the lock timeout, which aborts its transaction; `allotment migrate` runs it again after a pause. While it waits,
the transactions that it waits for are read, so that an operator can end them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ADVISORY_LOCK_ID = 7211531
"""An arbitrary number. The lock makes concurrent migrations of one database run one after the other."""
POLL_SECONDS = 0.2
LOCK_TIMEOUT = "lock_timeout"
"""The option of a migration context for migrations of several transactions, each of which needs the limit."""
_BLOCKERS = text("""
    SELECT pid, application_name, state, extract(epoch FROM clock_timestamp() - xact_start) AS seconds
    FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(:pid)) ORDER BY xact_start
""")


@dataclass(frozen=True)
class Blocker:
    """A transaction that a migration waits for. Roles without pg_read_all_stats see only the pid of other roles."""

    pid: int
    application_name: str
    state: str | None
    seconds: float | None

    def __str__(self) -> str:
        details = [self.application_name, self.state]
        if self.seconds is not None:
            details.append(f"transaction open for {self.seconds:.0f} s")
        described = ", ".join(detail for detail in details if detail)
        return f"process {self.pid} ({described})" if described else f"process {self.pid} of another role"


@asynccontextmanager
async def migration_lock(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Hold the lock of migrations within the block, in a transaction of its own connection.

    It is not that of the migrations, some of which need more than one transaction. A session lock would be lost behind
    a pooler in transaction mode. The lock is polled: CREATE INDEX CONCURRENTLY waits for running statements, and so for
    the waiting statement of another process, which would wait for this one.
    """
    async with engine.connect() as connection:
        while not await _try_lock(connection):
            await connection.rollback()
            await asyncio.sleep(POLL_SECONDS)
        yield connection


async def _try_lock(connection: AsyncConnection) -> bool:
    """Try to get the lock. The last statement takes no snapshot and replaces the portal of the one before, which would
    hold its snapshot until the end of the transaction: CREATE INDEX CONCURRENTLY would wait for that."""
    is_held = bool(await connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({ADVISORY_LOCK_ID})")))
    await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    return is_held


class BlockerWatch:
    """Reads which transactions a migration waits for. `start` is called by the migration in its transaction."""

    def __init__(self, engine: AsyncEngine, report: Callable[[list[Blocker]], object]) -> None:
        self._engine = engine
        self._report = report
        self._pid: int | None = None

    def start(self, connection: Connection) -> None:
        """Watch the server process of this connection."""
        self._pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch within the block."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, DBAPIError, OSError):  # the report is not needed for the migration
                await task

    async def _watch(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")  # an old snapshot would delay an index
            while True:
                await asyncio.sleep(POLL_SECONDS)
                if self._pid is None:
                    continue
                rows: list[Any] = list(await connection.execute(_BLOCKERS, {"pid": self._pid}))
                if rows:
                    self._report([Blocker(row.pid, row.application_name, row.state, row.seconds) for row in rows])


def limit_lock_waits(connection: Connection, seconds: float) -> None:
    """Let each statement of the transaction wait this long for a lock; 0 is no limit. Statements outside of a
    transaction, which create indexes concurrently, have no limit: they block no reads or writes while they wait."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(seconds * 1000)}")
