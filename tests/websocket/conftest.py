"""Fixtures of the tests of WebSockets."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from server.app import create_app
from services.core.use_case import Hook
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.settings import build_settings
from tests.support.websocket_client import WebSocketClient, open_websocket

OpenApp = Callable[..., AbstractAsyncContextManager[FastAPI]]


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """A function that creates an application with hooks and settings that are given."""

    @asynccontextmanager
    async def open_with(hooks: Sequence[Hook] = (), **settings: Any) -> AsyncIterator[FastAPI]:
        app = create_app(build_settings(database_url, db_pool_size=5, **settings), hooks)
        yield app
        await shut_down(app)

    return open_with


@pytest.fixture
async def member_socket(app: FastAPI, app_fixture: AppFixture) -> AsyncIterator[WebSocketClient]:
    """A WebSocket of a member of the tenant."""
    async with open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers)
        yield socket
