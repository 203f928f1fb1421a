"""Database snapshots: template databases with the application fixture and sample data, built once in a test session.

Each test copies a template, and unpickles the objects that belong to its rows: building them takes longer than most
tests do."""

import asyncio
import pickle
from dataclasses import dataclass
from typing import Any

import httpx

from database.engine import Database
from database.log_order import TRANSACTION_ORDER, LogOrder
from database.postgresql import PostgresDatabase
from server.database_factory import build_database
from services.people.tokens import AccessTokens
from tests.harness.databases import Migrate
from tests.harness.session_directory import SessionDirectory
from tests.support.app_fixture import AppFixture, create_app_fixture
from tests.support.sample_data import SampleData, create_sample_data
from tests.support.settings import SECRET_KEY, build_settings

TOKEN_MINUTES = 15
SNAPSHOT_NAMES = ("sample_data", "app_fixture")
"""Named after the fixtures that need them. Each snapshot contains the ones after it."""


@dataclass
class SnapshotObjects:
    """The objects that belong to the rows of a snapshot."""

    app_fixture: AppFixture
    sample_data: SampleData | None = None


@dataclass(frozen=True)
class DatabaseSnapshot:
    """A template database on one engine, and the file with its pickled objects."""

    name: str
    engine: str
    session_directory: SessionDirectory
    migrate: Migrate
    log_order: LogOrder = TRANSACTION_ORDER

    @property
    def template(self) -> str:
        """The name of the template database."""
        return f"template_{self._key}"

    def build(self, url: str) -> None:
        """Migrate and populate an empty database."""
        self.migrate(url)
        asyncio.run(self._populate(url))

    def load(self, database: Database, http: httpx.AsyncClient) -> SnapshotObjects:
        """Return the snapshot's objects, connected to a copy of its database."""
        snapshot_objects: SnapshotObjects = pickle.loads(self._file.read_bytes())  # noqa: S301 -- written by `build`
        _set_connections(snapshot_objects.app_fixture, database, http, AccessTokens(SECRET_KEY, TOKEN_MINUTES))
        return snapshot_objects

    @property
    def _file(self) -> Any:
        return self.session_directory.path / f"{self.engine}_{self._key}.pickle"

    @property
    def _key(self) -> str:
        return self.name if self.log_order is TRANSACTION_ORDER else f"{self.name}_{type(self.log_order).__name__}"

    async def _populate(self, url: str) -> None:
        database = build_database(build_settings(url))
        set_log_order(database, self.log_order)
        http: Any = None
        tokens = AccessTokens(SECRET_KEY, TOKEN_MINUTES)
        snapshot_objects = SnapshotObjects(await create_app_fixture(database, http, tokens))
        if self.name == "sample_data":
            snapshot_objects.sample_data = await create_sample_data(snapshot_objects.app_fixture.tenant)
        await database.close()
        _set_connections(snapshot_objects.app_fixture, None, None, None)
        self._file.write_bytes(pickle.dumps(snapshot_objects))


def set_log_order(database: Database, order: LogOrder) -> None:
    """Set another order of the logs than that which a database has by itself."""
    if order is not database.log_order:
        assert isinstance(database, PostgresDatabase)
        database.order_logs(order)


def _set_connections(app_fixture: Any, database: Any, http: Any, tokens: Any) -> None:
    app_fixture.database, app_fixture.http, app_fixture.tokens = database, http, tokens
