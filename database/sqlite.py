"""SQLite: one engine for reads and one for writes.

Reads run concurrently with a write (WAL). Writes begin IMMEDIATE and wait for a single connection: a transaction that
reads first and writes later would fail if another has written in between.
"""

from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from database.answer_deadline import ObserveSeconds
from database.authentication import Credentials, Principal, authenticate
from database.engine import Database, EngineOptions
from database.fair_gate import FairGate
from database.pool_usage import PoolUsage
from database.shares import Shares, share_of
from database.sqlalchemy_transaction import WATCH, SqlAlchemyTransaction
from database.sqlite_connecting import close_cancelled_connections
from database.sqlite_functions import register_functions
from database.sqlite_interrupt import PROGRESS_INSTRUCTIONS, BuildWatch, MeasuredWatch, StatementWatch

BUSY_TIMEOUT_SECONDS = 30
HEALTH_CHECK_CONNECTIONS = 2
"""Connections for health checks and commands, which do not wait at the gates of requests."""


class SqliteDatabase(Database):
    """An SQLite database. Requests wait at a gate for each engine, where tenants take turns."""

    dialect = "sqlite"

    def __init__(self, options: EngineOptions) -> None:
        arguments = options.engine_arguments | {"pool_recycle": options.pool_recycle}
        places = options.pool_size + options.max_overflow
        super().__init__(
            create_async_engine(
                **arguments,
                pool_size=options.pool_size,
                max_overflow=options.max_overflow + HEALTH_CHECK_CONNECTIONS,
                pool_timeout=options.pool_timeout,
            ),
            create_async_engine(**arguments, pool_size=1, max_overflow=0, pool_timeout=BUSY_TIMEOUT_SECONDS),
        )
        self._read_gate = FairGate(places, Shares(share_of(places, options.tenant_share)))
        self._write_gate = FairGate(1)
        self._max_overflow = options.max_overflow
        self._pool_timeout = options.pool_timeout
        self._build_watch: BuildWatch = StatementWatch
        configure = partial(self._configure, options.statement_timeout)
        for engine, begin_sql in ((self.read_engine, "BEGIN"), (self.write_engine, "BEGIN IMMEDIATE")):
            close_cancelled_connections(engine)
            event.listen(engine.sync_engine, "connect", configure)
            event.listen(engine.sync_engine, "begin", _begin_listener(begin_sql))

    def measure_statements(self, observe: ObserveSeconds) -> None:
        self._build_watch = partial(MeasuredWatch, observe)

    def pool_usage(self) -> PoolUsage:
        readers: Any = self.read_engine.pool
        writer: Any = self.write_engine.pool
        return PoolUsage(
            size=readers.size() + writer.size(),
            max_overflow=self._max_overflow,
            in_use=readers.checkedout() + writer.checkedout(),
            idle=readers.checkedin() + writer.checkedin(),
            overflow=max(0, readers.overflow()),
            waiting=self._read_gate.number_waiting + self._write_gate.number_waiting,
        )

    async def begin_read(self, credentials: Credentials) -> tuple[SqlAlchemyTransaction, Principal]:
        group = credentials.group
        if not self._read_gate.try_enter(group):
            message = f"No connection became free in {self._pool_timeout} seconds."
            await self._read_gate.enter(group, self._pool_timeout, PoolTimeout(message))
        return await self._begin(self.read_engine, credentials, partial(self._read_gate.leave, group))

    async def begin_write(
        self,
        credentials: Credentials,
        *,
        is_optimistic: bool = False,  # noqa: ARG002
    ) -> tuple[SqlAlchemyTransaction, Principal]:
        group = credentials.group
        if not self._write_gate.try_enter(group):
            message = f"The connection for writes did not become free in {BUSY_TIMEOUT_SECONDS} seconds."
            await self._write_gate.enter(group, BUSY_TIMEOUT_SECONDS, PoolTimeout(message))
        return await self._begin(self.write_engine, credentials, partial(self._write_gate.leave, group))

    async def _begin(
        self, engine: AsyncEngine, credentials: Credentials, leave_gate: Any
    ) -> tuple[SqlAlchemyTransaction, Principal]:
        try:
            transaction = SqlAlchemyTransaction(await engine.connect(), leave_gate)
        except BaseException:
            leave_gate()
            raise
        try:
            principal = await authenticate(transaction, credentials)
        except BaseException:
            await transaction.close()
            raise
        self.callers.record(credentials, principal)
        return transaction, principal

    def _configure(self, statement_timeout: float, connection: Any, record: Any) -> None:
        connection.isolation_level = None  # otherwise the driver begins transactions itself, and never IMMEDIATE
        busy_timeout = min(BUSY_TIMEOUT_SECONDS, statement_timeout)  # the progress handler does not end this wait
        record.info[WATCH] = watch = self._build_watch(statement_timeout)
        connection.run_async(lambda driver: driver.set_progress_handler(watch, PROGRESS_INSTRUCTIONS))
        connection.run_async(register_functions)
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {round(busy_timeout * 1000)}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _begin_listener(begin_sql: str) -> Any:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin_sql)

    return begin
