"""Fixtures of the tests of subscriptions over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

import server.app
import server.endpoints
from server.http.live_streams import LiveStreams
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.number_stream import SUBSCRIPTION, NumberStream
from tests.support.settings import build_settings
from tests.support.stream_client import EVENT_STREAM, StreamClient, open_response

OpenApp = Callable[..., AbstractAsyncContextManager[FastAPI]]
Subscribe = Callable[..., AbstractAsyncContextManager[StreamClient]]


@pytest.fixture
async def stream() -> NumberStream:
    """The stream of every subscription."""
    return NumberStream()


@pytest.fixture
def open_app(
    database_url: str, app_fixture: AppFixture, stream: NumberStream, monkeypatch: pytest.MonkeyPatch
) -> OpenApp:
    """A function that creates an application with the stream, and settings that are given."""
    del app_fixture  # its rows are in the database
    monkeypatch.setattr(
        server.endpoints,
        "LiveStreams",
        lambda callers, encoder, settings, _: LiveStreams(callers, encoder, settings, stream.open),
    )

    @asynccontextmanager
    async def open_with(**settings: Any) -> AsyncIterator[FastAPI]:
        app = server.app.create_app(build_settings(database_url, db_pool_size=5, **settings))
        yield app
        await shut_down(app)

    return open_with


@pytest.fixture
async def stream_app(open_app: OpenApp) -> AsyncIterator[FastAPI]:
    """An application with the stream."""
    async with open_app() as app:
        yield app


@pytest.fixture
def subscribe(stream_app: FastAPI, app_fixture: AppFixture) -> Subscribe:
    """A function that sends an operation, by default the subscription of a member, and accepts server-sent events."""

    def send(
        query: str = SUBSCRIPTION,
        accept: str = EVENT_STREAM,
        app: FastAPI = stream_app,
        method: str = "POST",
        **headers: str,
    ) -> AbstractAsyncContextManager[StreamClient]:
        all_headers = app_fixture.tenant.client().headers | {"Accept": accept} | headers
        return open_response(app, query, all_headers, method)

    return send
