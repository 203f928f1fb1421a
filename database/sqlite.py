"""SQLite: one engine for reads and one for writes.

Reads run concurrently with a write (WAL). Writes begin IMMEDIATE and wait for a single connection: a transaction that
reads first and writes later would fail if another has written in between.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from database.authentication import Credentials, Principal, authenticate
from database.engine import Database, EngineOptions
from database.sqlalchemy_transaction import SqlAlchemyTransaction

BUSY_TIMEOUT_SECONDS = 30


class SqliteDatabase(Database):
    """An SQLite database."""

    dialect = "sqlite"

    def __init__(self, options: EngineOptions) -> None:
        arguments = options.engine_arguments
        super().__init__(
            create_async_engine(
                **arguments,
                pool_size=options.pool_size,
                max_overflow=options.max_overflow,
                pool_timeout=options.pool_timeout,
            ),
            create_async_engine(**arguments, pool_size=1, max_overflow=0, pool_timeout=BUSY_TIMEOUT_SECONDS),
        )
        for engine, begin_sql in ((self.read_engine, "BEGIN"), (self.write_engine, "BEGIN IMMEDIATE")):
            event.listen(engine.sync_engine, "connect", _configure)
            event.listen(engine.sync_engine, "begin", _begin_listener(begin_sql))

    @property
    def connections_in_use(self) -> int:
        pools: list[Any] = [self.read_engine.pool, self.write_engine.pool]
        return sum(pool.checkedout() for pool in pools)

    async def begin_read(self, credentials: Credentials) -> tuple[SqlAlchemyTransaction, Principal]:
        return await _begin(self.read_engine, credentials)

    async def begin_write(self, credentials: Credentials) -> tuple[SqlAlchemyTransaction, Principal]:
        return await _begin(self.write_engine, credentials)


async def _begin(engine: AsyncEngine, credentials: Credentials) -> tuple[SqlAlchemyTransaction, Principal]:
    transaction = SqlAlchemyTransaction(await engine.connect())
    try:
        return transaction, await authenticate(transaction, credentials)
    except BaseException:
        await transaction.close()
        raise


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # otherwise the driver begins transactions itself, and never IMMEDIATE
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}",
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
