"""Delivery between processes: signals over the database, and what happens without them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from database import change_signal
from database.postgresql import PostgresDatabase
from models import Project
from server.config.settings import Settings
from server.database_factory import build_change_relay
from tests.support.app_fixture import AppFixture, global_id
from tests.support.configured_app import OpenApp
from tests.support.subscriptions import follow

POSTGRESQL = pytest.mark.only("postgresql")
TERMINATE_LISTENERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND (query = 'SELECT 1' OR query LIKE 'LISTEN %' OR query LIKE '%pg_notify%')
"""


@pytest.fixture
async def other_app(open_app: OpenApp) -> AsyncIterator[FastAPI]:
    """An application beside that of the test, as another process would have it."""
    async with open_app() as app:
        yield app


StartRelays = Callable[..., Awaitable[None]]


@pytest.fixture
async def start_relays(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StartRelays]:
    """Starts the relays of applications, and waits until they receive signals. Then nothing is polled."""
    monkeypatch.setattr(change_signal, "IDLE_POLL_SECONDS", 3600.0)
    relays = []

    async def start(*apps: FastAPI) -> None:
        for app in apps:
            relay = build_change_relay(settings, app.state.database)
            assert relay is not None
            relays.append(relay)
            relay.start()
            await wait_until_connected(app)

    yield start
    for relay in relays:
        await relay.close()


async def wait_until_connected(app: FastAPI) -> None:
    async with asyncio.timeout(30):
        while not app.state.database.change_signal.receives_others:  # noqa: ASYNC110 -- it has no event
            await asyncio.sleep(0.01)


async def test_changes_of_another_process_are_polled(
    other_app: FastAPI, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_signal, "POLL_SECONDS", 0.05)
    async with follow(other_app, app_fixture.tenant.client()) as changes:
        created = await app_fixture.tenant.create(Project)
        assert (await changes.next_event())["objectId"] == global_id(created)


@pytest.mark.any_server
@POSTGRESQL
async def test_changes_of_another_process_are_signalled(
    app: FastAPI, other_app: FastAPI, app_fixture: AppFixture, start_relays: StartRelays
) -> None:
    await start_relays(app, other_app)
    async with follow(other_app, app_fixture.tenant.client()) as changes:
        created = await app_fixture.tenant.create(Project)
        assert (await changes.next_event())["objectId"] == global_id(created)


@POSTGRESQL
async def test_relay_connects_again(
    app: FastAPI, other_app: FastAPI, app_fixture: AppFixture, start_relays: StartRelays
) -> None:
    await start_relays(app, other_app)
    async with follow(other_app, app_fixture.tenant.client()) as changes:
        terminated = await app_fixture.fetch_rows(text(TERMINATE_LISTENERS))
        assert len(terminated) == 2
        created = await app_fixture.tenant.create(Project)
        assert (await changes.next_event())["objectId"] == global_id(created)
        for each in (app, other_app):
            await wait_until_connected(each)
        created = await app_fixture.tenant.create(Project)
        assert (await changes.next_event())["objectId"] == global_id(created)


@POSTGRESQL
async def test_lost_connection_is_one_line_in_the_log(
    app: FastAPI, app_fixture: AppFixture, start_relays: StartRelays, caplog: pytest.LogCaptureFixture
) -> None:
    await start_relays(app)
    for _ in range(3):
        caplog.clear()
        await app_fixture.fetch_rows(text(TERMINATE_LISTENERS))
        async with asyncio.timeout(30):
            while not caplog.records:  # noqa: ASYNC110 -- it has no event
                await asyncio.sleep(0.01)
        assert not caplog.records[0].exc_info
        assert "so they are polled" in caplog.records[0].message
        await wait_until_connected(app)


@POSTGRESQL
async def test_commands_signal_at_their_end(
    app: FastAPI,
    other_app: FastAPI,
    app_fixture: AppFixture,
    settings: Settings,
    start_relays: StartRelays,
) -> None:
    """A command starts no relay. What it has changed is signalled when it closes."""
    await start_relays(other_app)
    command = build_change_relay(settings, app.state.database)
    assert command is not None
    async with follow(other_app, app_fixture.tenant.client()) as changes:
        created = await app_fixture.tenant.create(Project)
        assert await changes.is_quiet()
        await command.close()
        assert (await changes.next_event())["objectId"] == global_id(created)


@POSTGRESQL
async def test_change_arrives_after_an_older_transaction_has_ended(
    app: FastAPI, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_signal, "POLL_SECONDS", 3600.0)
    database = app.state.database
    assert isinstance(database, PostgresDatabase)
    async with follow(app, app_fixture.tenant.client()) as changes:
        async with database.write_engine.begin() as older:
            await older.execute(text("SELECT pg_current_xact_id()"))
            created = await app_fixture.tenant.create(Project)
            assert await changes.is_quiet()
        assert (await changes.next_event())["objectId"] == global_id(created)
