"""Two concurrent requests with one key, where the second one times out while the first holds the lock."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import literal, select

from server.app import create_app
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import Proceed
from services.people.tokens import AccessTokens
from tests.support import documents
from tests.support.app_fixture import AppFixture, create_app_fixture
from tests.support.app_shutdown import shut_down
from tests.support.settings import SECRET_KEY, build_settings

CREATE = documents.create("Team")


class BlockingHook:
    """A unit-of-work hook that delays the commit until `released` is set, while the transaction holds its locks."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.released = asyncio.Event()
        self.released.set()

    async def __call__(self, work: UnitOfWork, proceed: Proceed) -> Any:
        result = await proceed()
        await work.rows(select(literal(1)))  # sends what waits for the commit
        self.reached.set()
        await self.released.wait()
        return result


@pytest.fixture
async def blocking_hook() -> BlockingHook:
    """A hook that can block commits."""
    return BlockingHook()


@pytest.fixture
async def blocking_app_fixture(database_url: str, blocking_hook: BlockingHook) -> AsyncIterator[AppFixture]:
    """An application with that hook, and a statement timeout of one second."""
    settings = build_settings(
        database_url,
        db_pool_size=5,
        db_statement_timeout=1,
    )
    app = create_app(settings, [blocking_hook])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
        yield await create_app_fixture(
            app.state.database, http, AccessTokens(SECRET_KEY, settings.access_token_minutes)
        )
    await shut_down(app)


@pytest.mark.only("postgresql")
async def test_concurrent_request_that_waits_too_long_is_rejected_with_conflict(
    blocking_app_fixture: AppFixture, blocking_hook: BlockingHook
) -> None:
    client = blocking_app_fixture.tenant.client().with_headers(**{"Idempotency-Key": "key-1"})
    blocking_hook.released.clear()
    async with asyncio.timeout(60):
        first = asyncio.create_task(client(CREATE, input={"name": "Diggers"}))
        await blocking_hook.reached.wait()
        second = await client(CREATE, input={"name": "Diggers"})
        assert second.error_codes == ["CONFLICT"]
        assert "Try again later" in second.body["errors"][0]["message"]
        blocking_hook.released.set()
        payload = (await first).payload("createTeam")
        third = await client(CREATE, input={"name": "Diggers"})
    assert third.payload("createTeam") == payload
    assert third.headers["idempotency-replayed"] == "true"
