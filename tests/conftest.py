"""Fixtures of the whole suite. Every test that needs a database runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from database.engine import Database
from database.log_order import TRANSACTION_ORDER, LogOrder
from database.reader import Reader
from server.app import create_app
from server.config.settings import Settings
from server.gc_tuning import tune_garbage_collector
from tests.harness.databases import Migrate
from tests.harness.server_choice import external_url
from tests.harness.session_directory import SessionDirectory
from tests.harness.statement_counter import StatementCounter
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.dataset import DATASET, OTHER_TENANT_DATASET, insert_dataset, open_reader
from tests.support.db_snapshot import SNAPSHOT_NAMES, DatabaseSnapshot, SnapshotObjects, set_log_order
from tests.support.sample_data import SampleData
from tests.support.settings import build_settings

pytest_plugins = ["tests.harness.pytest_plugin", "tests.harness.empty_databases", "tests.support.demo_server"]


def pytest_collection_finish() -> None:
    """Exclude modules, schema and collected tests from garbage collection, which would scan them again and again."""
    tune_garbage_collector()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for the test's own database."""
    return build_settings(database_url, db_pool_size=5)


@pytest.fixture
def traces_for_everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces and plans for every client, as in development."""
    monkeypatch.setattr(Settings, "shows_traces_to_everyone", True)


@pytest.fixture
def log_order(request: pytest.FixtureRequest) -> LogOrder:
    """The order of the logs. Tests of another one are parametrized with it."""
    order: LogOrder = getattr(request, "param", TRANSACTION_ORDER)
    return order


@pytest.fixture
async def app(settings: Settings, log_order: LogOrder) -> AsyncIterator[FastAPI]:
    """The application with these settings."""
    application = create_app(settings)
    set_log_order(application.state.database, log_order)
    if external_url():
        await application.state.database.discover_server()  # as at the start of a server
    yield application
    await shut_down(application)


@pytest.fixture
def database(app: FastAPI) -> Database:
    """The application's database."""
    application_database: Database = app.state.database
    return application_database


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the application, in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as client:
        yield client


@pytest.fixture
def template(db_snapshot: DatabaseSnapshot | None, migrate: Migrate) -> tuple[str, Migrate]:
    """Name and builder of the template that the test's database is copied from: empty tables, or a snapshot."""
    return ("template_app", migrate) if db_snapshot is None else (db_snapshot.template, db_snapshot.build)


@pytest.fixture
def db_snapshot(
    engine_name: str,
    migrate: Migrate,
    session_directory: SessionDirectory,
    log_order: LogOrder,
    request: pytest.FixtureRequest,
) -> DatabaseSnapshot | None:
    """The snapshot that the test's database is a copy of; None if its tables are empty."""
    name = next((name for name in SNAPSHOT_NAMES if name in request.fixturenames), None)
    return None if name is None else DatabaseSnapshot(name, engine_name, session_directory, migrate, log_order)


@pytest.fixture
def snapshot_objects(db_snapshot: DatabaseSnapshot, database: Database, http: httpx.AsyncClient) -> SnapshotObjects:
    """The objects that belong to the rows of the test's database."""
    return db_snapshot.load(database, http)


@pytest.fixture
def app_fixture(snapshot_objects: SnapshotObjects) -> AppFixture:
    """Two tenants, each with an owner, an admin and a member."""
    return snapshot_objects.app_fixture


@pytest.fixture
def sample_data(snapshot_objects: SnapshotObjects) -> SampleData:
    """Three rows of each type in `app_fixture.tenant`."""
    assert snapshot_objects.sample_data is not None
    return snapshot_objects.sample_data


@pytest.fixture
async def app_with_dataset(app_fixture: AppFixture) -> AppFixture:
    """The application fixture with DATASET in the tenant and OTHER_TENANT_DATASET in the other tenant."""
    await insert_dataset(app_fixture.tenant, DATASET)
    await insert_dataset(app_fixture.other_tenant, OTHER_TENANT_DATASET)
    return app_fixture


@pytest.fixture
async def reader(app_fixture: AppFixture) -> AsyncIterator[Reader]:
    """A reader with the credentials of a member of the tenant."""
    async with open_reader(app_fixture.tenant) as member_reader:
        yield member_reader


@pytest.fixture
def statement_counter(database: Database) -> StatementCounter:
    """Counts the application's statements: `with statement_counter: …`, then `statement_counter.assert_budget(n)`."""
    return StatementCounter(*{database.read_engine, database.write_engine})
