"""An empty, migrated database for every test, copied from a template that is migrated once per session."""

import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from tests.harness.cluster import Cluster
from tests.harness.session_directory import SessionDirectory
from tests.harness.sync_connection import SyncConnection

TERMINATE_CONNECTIONS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'
"""
_database_numbers = itertools.count(1)
Migrate = Callable[[str], None]
"""Migrates the database at a URL to the latest revision."""


class PostgresDatabases:
    """Creates databases on a cluster, owned by the application's role.

    All processes that share the cluster share its templates; the first one that needs a template creates it.
    PostgreSQL does not copy settings that were set with ALTER DATABASE.
    """

    def __init__(self, cluster: Cluster, migrate: Migrate, template: str = "template_app") -> None:
        self._cluster = cluster
        self._migrate = migrate
        self._template = f"{cluster.database_prefix}{template}"
        self._background_connection = SyncConnection(cluster.admin_dsn)
        self._strategy = ""
        self._pending_drop: Future[None] | None = None
        self._prepared: tuple[str, Future[None]] | None = None
        self._build_template()

    def create(self) -> str:
        """Create a database, or use the prepared one, and return its URL for the application's role."""
        name, creation = self._prepared or self._begin_creation()
        self._prepared = None
        creation.result()
        return self._cluster.dsn(database=name)

    def prepare_next(self) -> None:
        """Begin to create the database that `create` returns next, in the background."""
        self._prepared = self._begin_creation()

    def _begin_creation(self) -> tuple[str, Future[None]]:
        name = f"{self._cluster.database_prefix}test_{os.getpid()}_{next(_database_numbers)}"
        return name, self._background_connection.submit(
            f'CREATE DATABASE "{name}" TEMPLATE "{self._template}" {self._strategy} OWNER "{self._cluster.owner}"'
        )

    def drop(self, url: str) -> None:
        """Drop a database in the background, closing its connections. Waits for the previous drop first."""
        self._wait_for_drop()
        self._pending_drop = self._background_connection.submit(f'DROP DATABASE "{database_name(url)}" WITH (FORCE)')

    def close(self) -> None:
        """Wait for the last drop and a prepared database, and raise their exceptions, if any."""
        try:
            self._wait_for_drop()
            if self._prepared is not None:
                self._prepared[1].result()
        finally:
            self._background_connection.close()

    def _wait_for_drop(self) -> None:
        if self._pending_drop is not None:
            self._pending_drop.result()

    def _build_template(self) -> None:
        admin = self._background_connection
        if admin.fetch_value("SELECT current_setting('server_version_num')::int >= 150000"):
            # Faster than the strategy wal_log, which copies every page through the buffers and the log.
            self._strategy = "STRATEGY = file_copy"
        with self._cluster.directory.locked(self._template):
            if admin.fetch_value("SELECT count(*) FROM pg_database WHERE datname = $1", self._template):
                return
            incomplete = f"{self._template}_incomplete"  # an incomplete template must never have the final name
            admin.execute(f'DROP DATABASE IF EXISTS "{incomplete}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{incomplete}" OWNER "{self._cluster.owner}"')
            migrate_in_thread(self._migrate, self._cluster.dsn(database=incomplete))
            # A template with open connections cannot be copied.
            admin.execute(f'ALTER DATABASE "{incomplete}" ALLOW_CONNECTIONS false')
            admin.fetch_value(TERMINATE_CONNECTIONS, incomplete)
            admin.execute(f'ALTER DATABASE "{incomplete}" RENAME TO "{self._template}"')


class SqliteDatabases:
    """Creates database files as copies of a template shared by the processes of a session directory."""

    def __init__(self, directory: SessionDirectory, migrate: Migrate, template: str = "template_app") -> None:
        self._template = directory.path / f"{template}.db"
        with directory.locked(template):
            if not self._template.exists():
                self._build_template(migrate)

    def create(self, folder: Path) -> str:
        """Create a database file in the folder and return its URL."""
        return sqlite_url(shutil.copyfile(self._template, folder / "test.db"))

    def _build_template(self, migrate: Migrate) -> None:
        incomplete = self._template.with_suffix(".incomplete")
        incomplete.unlink(missing_ok=True)
        migrate_in_thread(migrate, sqlite_url(incomplete))
        with closing(sqlite3.connect(incomplete)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # only the main file is copied
        incomplete.rename(self._template)


def sqlite_url(path: Path) -> str:
    """Return the URL of a database file."""
    return f"sqlite:///{path.absolute()}"


def database_name(url: str) -> str:
    """Return the database name in a PostgreSQL URL."""
    return urlsplit(url).path.removeprefix("/")


def migrate_in_thread(migrate: Migrate, url: str) -> None:
    """Migrate the database at a URL."""
    # Migrations start their own event loop, which is not possible in a thread with a running one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(migrate, url).result()
