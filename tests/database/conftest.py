"""Databases with other pool sizes, and a check for leaked connections."""

from collections.abc import AsyncIterator

import pytest

from database.engine import Database
from database.postgresql import PostgresDatabase
from server.config.settings import Settings
from server.database_factory import build_database
from tests.database.pool_helpers import Connect
from tests.database.statement_helpers import wait_until_released
from tests.support.app_fixture import AppFixture


@pytest.fixture
async def no_leaked_connections(database: Database) -> AsyncIterator[None]:
    """Check after the test that all connections have been released."""
    yield
    assert await wait_until_released(database)


@pytest.fixture
async def connect(settings: Settings, app_with_dataset: AppFixture) -> AsyncIterator[Connect]:
    """A function that connects to the test's database with a pool of the given size."""
    databases: list[PostgresDatabase] = []

    def connect(size: int = 1, max_overflow: int = 0, timeout: float = 5) -> PostgresDatabase:
        options = {"db_pool_size": size, "db_max_overflow": max_overflow, "db_pool_timeout": timeout}
        database = build_database(settings.model_copy(update=options))
        assert isinstance(database, PostgresDatabase)
        databases.append(database)
        return database

    yield connect
    for database in databases:
        await database.close()


@pytest.fixture
def single_connection_database(connect: Connect) -> PostgresDatabase:
    """The test's database with a pool of one connection."""
    return connect()
