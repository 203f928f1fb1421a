"""Fixtures of the tests of WebSockets."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.configured_app import OpenApp, app_opener
from tests.support.websocket_client import WebSocketClient, open_websocket


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """A function that creates an application with hooks and settings that are given."""
    return app_opener(database_url)


@pytest.fixture
async def member_socket(app: FastAPI, app_fixture: AppFixture) -> AsyncIterator[WebSocketClient]:
    """A WebSocket of a member of the tenant."""
    async with open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers)
        yield socket


@pytest.fixture
def tenant(app_fixture: AppFixture) -> TenantFixture:
    """The tenant of the clients."""
    return app_fixture.tenant
