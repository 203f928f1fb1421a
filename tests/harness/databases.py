"""A fresh, migrated, empty database for every test, copied from a template that is migrated once a session."""

import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from tests.harness.build import APP_ROLE
from tests.harness.cluster import Cluster
from tests.harness.console import Console
from tests.harness.home import Home

CUT_OFF = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1"
_NUMBERS = itertools.count(1)
Migrate = Callable[[str], None]
"""Brings the database at a URL to the newest schema."""


class PostgresDatabases:
    """Databases of the application's role on a cluster.

    All processes that share the cluster share the template of the same name; whoever comes first migrates it.
    Settings made with ALTER DATABASE are not part of what PostgreSQL copies.
    """

    def __init__(self, cluster: Cluster, migrate: Migrate, template: str = "template_app") -> None:
        self._cluster = cluster
        self._migrate = migrate
        self._template = template
        self._droppers = Console(cluster.superuser_dsn())
        self._dropping: Future[None] | None = None
        self._build_template()

    def create(self) -> str:
        """A new copy's URL, as the application's role."""
        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        # Copying files beats copying through the log, which replicas would have to receive in full.
        self._cluster.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{self._template}" STRATEGY = file_copy OWNER {APP_ROLE}'
        )
        return self._cluster.dsn(database=name)

    def drop(self, url: str) -> None:
        """Drops a copy in the background, whoever is still connected to it. At most one is being dropped."""
        self._finish()
        self._dropping = self._droppers.submit(f'DROP DATABASE "{database_of(url)}" WITH (FORCE)')

    def close(self) -> None:
        """Returns when the last drop is done; raises what went wrong with it."""
        try:
            self._finish()
        finally:
            self._droppers.close()

    def _finish(self) -> None:
        if self._dropping is not None:
            self._dropping.result()

    def _build_template(self) -> None:
        with self._cluster.home.locked(self._template):
            if self._cluster.value("SELECT count(*) FROM pg_database WHERE datname = $1", self._template):
                return
            draft = f"{self._template}_draft"  # half a template must never be found under its name
            self._cluster.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
            self._cluster.execute(f'CREATE DATABASE "{draft}" OWNER {APP_ROLE}')
            _in_thread(self._migrate, self._cluster.dsn(database=draft))
            # A template that somebody is connected to cannot be copied.
            self._cluster.execute(f'ALTER DATABASE "{draft}" ALLOW_CONNECTIONS false')
            self._cluster.value(CUT_OFF, draft)
            self._cluster.execute(f'ALTER DATABASE "{draft}" RENAME TO "{self._template}"')


class SqliteDatabases:
    """Database files, copied from a template that all processes of a home share."""

    def __init__(self, home: Home, migrate: Migrate, template: str = "template_app") -> None:
        self._template = home.path / f"{template}.db"
        with home.locked(template):
            if not self._template.exists():
                self._build_template(migrate)

    def create(self, folder: Path) -> str:
        """The URL of a new copy in the folder, which the copy goes with."""
        return sqlite_url(shutil.copyfile(self._template, folder / "test.db"))

    def _build_template(self, migrate: Migrate) -> None:
        draft = self._template.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        _in_thread(migrate, sqlite_url(draft))
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # only the main file is copied
        draft.rename(self._template)


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return f"sqlite:///{path.absolute()}"


def database_of(url: str) -> str:
    """The database's name in a PostgreSQL URL."""
    return url.rpartition("/")[2]


def _in_thread(migrate: Migrate, url: str) -> None:
    # Migrations may start an event loop of their own, which they cannot where one is running.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(migrate, url).result()
