"""Fixtures of the whole suite. Whatever needs a database runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from server.app import create_app
from server.database import Database
from server.settings import Settings, load_settings
from services.tokens import Tokens
from tests.harness.statements import StatementCounter
from tests.support.world import World, make_world

pytest_plugins = ["tests.harness.plugin", "tests.support.demo_server"]

SECRET = "a secret that only the tests know, long enough"


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for a database of the test's own."""
    return load_settings(
        None, environment="test", database_url=database_url, secret_key=SECRET, bcrypt_rounds=4, db_pool_size=5
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application on that database."""
    made = create_app(settings)
    yield made
    await made.state.database.close()


@pytest.fixture
def database(app: FastAPI) -> Database:
    """The application's engines."""
    found: Database = app.state.database
    return found


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Plain HTTP to the application."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as client:
        yield client


@pytest.fixture
async def world(database: Database, http: httpx.AsyncClient, settings: Settings) -> World:
    """Two tenants with people in them."""
    return await make_world(database, http, Tokens(SECRET, settings.access_token_minutes))


@pytest.fixture
def statements(database: Database) -> StatementCounter:
    """Counts what the application sends: `with statements: …`, then `statements.assert_budget(n)`."""
    shared_pool = database.dialect == "postgresql"
    return StatementCounter(*([database.writing] if shared_pool else [database.reading, database.writing]))
