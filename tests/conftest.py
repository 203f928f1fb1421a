"""Fixtures of the whole suite. Whatever needs a database runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from server.app import create_app
from server.database import Database
from server.settings import Settings, load_settings
from tests.harness.databases import Migrate
from tests.harness.home import Home
from tests.harness.statements import StatementCounter
from tests.support.closing import close
from tests.support.scene import Scene
from tests.support.stage import SECRET, STAGES, Stage, Staged
from tests.support.world import World

pytest_plugins = ["tests.harness.plugin", "tests.support.demo_server"]


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
    await close(made)


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
def template(engine_name: str, migrate: Migrate, home: Home, request: pytest.FixtureRequest) -> tuple[str, Migrate]:
    """What the test's database has in it before the test: nothing, the world, or the world with a scene."""
    stage = next((name for name in STAGES if name in request.fixturenames), None)
    return (f"template_{stage}", Stage(stage, engine_name, home, migrate).build) if stage else ("template_app", migrate)


@pytest.fixture
def stage(engine_name: str, template: tuple[str, Migrate], home: Home) -> Stage:
    """What the test's database is a copy of, if there is something in it."""
    return Stage(template[0].removeprefix("template_"), engine_name, home, template[1])


@pytest.fixture
def staged(stage: Stage, database: Database, http: httpx.AsyncClient) -> Staged:
    """What is in the database."""
    return stage.enter(database, http)


@pytest.fixture
def world(staged: Staged) -> World:
    """Two tenants with people in them."""
    return staged.world


@pytest.fixture
def scene(staged: Staged) -> Scene:
    """Three of each noun in the tenant that most tests happen in."""
    assert staged.scene is not None
    return staged.scene


@pytest.fixture
def statements(database: Database) -> StatementCounter:
    """Counts what the application sends: `with statements: …`, then `statements.assert_budget(n)`."""
    return StatementCounter(*{database.reading, database.writing})
