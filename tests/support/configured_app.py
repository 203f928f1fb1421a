"""The application with settings of the test's own, on the database of the fixtures."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from server.app import create_app
from services.core.use_case import Hook
from tests.support.app_shutdown import shut_down
from tests.support.settings import build_settings

OpenApp = Callable[..., AbstractAsyncContextManager[FastAPI]]


def app_opener(database_url: str) -> OpenApp:
    """Return a function that creates an application with hooks and settings that are given."""

    @asynccontextmanager
    async def open_with(hooks: Sequence[Hook] = (), **settings: Any) -> AsyncIterator[FastAPI]:
        app = create_app(build_settings(database_url, **{"db_pool_size": 5, **settings}), hooks)
        try:
            yield app
        finally:
            await shut_down(app)

    return open_with


def http_client(app: FastAPI) -> httpx.AsyncClient:
    """Return a client of an application in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://allotment.test", timeout=60)
