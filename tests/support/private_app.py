"""The application on a database of the test's own, such as one whose server the test may kill."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from database.engine import Database
from server.app import create_app
from server.config.settings import load_settings
from services.people.tokens import AccessTokens
from tests.support.app_fixture import AppFixture, create_app_fixture
from tests.support.app_shutdown import shut_down
from tests.support.settings import SECRET_KEY

TIMEOUT_SECONDS = 60
TOKENS = AccessTokens(SECRET_KEY, 60)


@asynccontextmanager
async def open_app(url: str) -> AsyncIterator[tuple[Database, httpx.AsyncClient]]:
    """Start the application on a migrated database, and return its database and a client."""
    settings = load_settings(
        None, environment="test", database_url=url, secret_key=SECRET_KEY, bcrypt_rounds=4, db_pool_size=5
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://allotment.test", timeout=TIMEOUT_SECONDS
    ) as http:
        yield app.state.database, http
    await shut_down(app)


@asynccontextmanager
async def open_app_fixture(url: str) -> AsyncIterator[AppFixture]:
    """Start the application on an empty database, with the rows of the application fixture."""
    async with open_app(url) as (database, http):
        yield await create_app_fixture(database, http, TOKENS)


@asynccontextmanager
async def reopen(app_fixture: AppFixture, url: str) -> AsyncIterator[AppFixture]:
    """Start the application on another database that contains the rows of an application fixture."""
    async with open_app(url) as (database, http):
        copy = replace(app_fixture, database=database, http=http, tenants={})
        copy.tenants |= {slug: replace(tenant, app_fixture=copy) for slug, tenant in app_fixture.tenants.items()}
        yield copy
