"""Engines: one to read through and one to write through.

On SQLite they are two: readers begin plainly and run beside a writer (WAL), while writers begin IMMEDIATE and queue
for a single connection, because a transaction that reads first and writes later fails there when another has written
in between. On PostgreSQL they are one: what is read for a request is read in a read-only snapshot (queries/driver.py).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from queries.driver import OWN_SESSIONS
from queries.pool import DriverPool
from server.database_url import DatabaseUrl
from server.settings import Settings

SQLITE_BUSY_SECONDS = 30
STATEMENTS_KEPT = 1000


@dataclass(frozen=True)
class Database:
    """What to read and what to write through."""

    reading: AsyncEngine
    writing: AsyncEngine

    @property
    def dialect(self) -> str:
        return self.writing.dialect.name

    async def close(self) -> None:
        """Give all connections back."""
        if isinstance(pool := self.reading.pool, DriverPool):
            await pool.settle()
        await self.reading.dispose()
        await self.writing.dispose()


def connect(settings: Settings) -> Database:
    """The engines for these settings; nothing is connected yet."""
    url = settings.database
    return _postgresql(url, settings) if url.dialect == "postgresql" else _sqlite(url, settings)


def _postgresql(url: DatabaseUrl, settings: Settings) -> Database:
    arguments = dict(url.connect_args)
    if "prepared_statement_cache_size" not in arguments:
        arguments["prepared_statement_cache_size"] = STATEMENTS_KEPT
    engine = create_async_engine(
        url.url,
        connect_args=arguments,
        max_overflow=settings.db_max_overflow,
        poolclass=DriverPool,
        execution_options={OWN_SESSIONS: arguments.get("statement_cache_size") != 0},  # or a pooler shares them
        **_common(settings),
    )
    return Database(engine, engine)


def _sqlite(url: DatabaseUrl, settings: Settings) -> Database:
    reading = create_async_engine(url.url, max_overflow=settings.db_max_overflow, **_common(settings))
    writing = create_async_engine(
        url.url, max_overflow=0, **_common(settings) | {"pool_size": 1, "pool_timeout": SQLITE_BUSY_SECONDS}
    )
    for engine, begin in ((reading, "BEGIN"), (writing, "BEGIN IMMEDIATE")):
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _beginner(begin))
    return Database(reading, writing)


def _common(settings: Settings) -> dict[str, Any]:
    return {
        "echo": settings.echo_sql,
        "hide_parameters": not settings.echo_sql,
        "pool_size": settings.db_pool_size,
        "pool_timeout": settings.db_pool_timeout,
        "pool_pre_ping": False,
        "query_cache_size": STATEMENTS_KEPT,
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # or the driver begins transactions itself, and never IMMEDIATE
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {SQLITE_BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _beginner(statement: str) -> Any:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin
