"""The database of tests on Citus. It cannot be copied from a template, so tests use it one after the other, and it is
emptied before each one."""

import asyncio
from contextlib import ExitStack

from tests.harness.databases import Migrate, migrate_in_thread
from tests.harness.external_server import ExternalServer
from tests.harness.sync_connection import SyncConnection

_TRIGGERS = "SELECT array_agg(tgrelid::regclass::text) FROM pg_trigger WHERE tgname = 'append_only_whole'"
_TABLES = """
    SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
    WHERE schemaname = current_schema() AND tablename NOT IN ('alembic_version', 'applied_migration', 'log_epoch')
"""
_distributed: set[str] = set()


class DistributedDatabase:
    """Lends the database to one test at a time, with the methods of PostgresDatabases."""

    def __init__(self, server: ExternalServer, build: Migrate) -> None:
        self._server = server
        self._build = build
        self._lent = ExitStack()

    def create(self) -> str:
        """Wait for the database, build it again, and return its URL."""
        self._lent.enter_context(self._server.directory.locked("distributed_database"))
        migrate_in_thread(self._build, self._server.url)
        return self._server.url

    def prepare_next(self) -> None:
        """Do nothing: the next test needs the same database."""

    def drop(self, _url: str) -> None:
        """Let the next test use the database."""
        self._lent.close()

    def close(self) -> None:
        """Let others use the database."""
        self._lent.close()


def empty_distributed_database(url: str) -> None:
    """Migrate and distribute the database, once in each process, and empty its tables."""
    if url not in _distributed:
        _distribute(url)
        _distributed.add(url)
    connection = SyncConnection(url)
    try:
        tables = connection.fetch_value(_TABLES)
        connection.execute("SET citus.multi_shard_modify_mode = 'sequential'")
        connection.execute(f"TRUNCATE {tables}")
    finally:
        connection.close()


def _distribute(url: str) -> None:
    from server.database_factory import build_database
    from server.database_revision import upgrade_database
    from server.distribution.distribute import distribute_database
    from tests.support.settings import build_settings

    async def distribute() -> None:
        database = build_database(build_settings(url))
        await distribute_database(database, lambda _line: None)
        await database.close()

    upgrade_database(url)
    asyncio.run(distribute())
    connection = SyncConnection(url)
    try:
        connection.execute("SET citus.enable_unsafe_triggers = on")
        for table in connection.fetch_value(_TRIGGERS) or []:  # they refuse to empty a log
            connection.execute(f"DROP TRIGGER append_only_whole ON {table}")
    finally:
        connection.close()
