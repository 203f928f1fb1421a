"""Two at once with one key, when the first takes longer than the second may wait."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.app import create_app
from server.settings import load_settings
from services.tokens import Tokens
from services.unit_of_work import Proceed, UnitOfWork
from tests.support import documents
from tests.support.closing import close
from tests.support.stage import SECRET
from tests.support.world import World, make_world

CREATE = documents.create("Team")


class Slow:
    """A hook that holds writes up for as long as it is told to."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def __call__(self, _work: UnitOfWork, proceed: Proceed) -> Any:
        done = await proceed()
        self.begun.set()
        await self.free.wait()
        return done


@pytest.fixture
async def slow() -> Slow:
    """What holds writes up."""
    return Slow()


@pytest.fixture
async def slow_world(database_url: str, slow: Slow) -> AsyncIterator[World]:
    """A world whose writes can be held up, and whose statements may take a second."""
    settings = load_settings(
        None,
        environment="test",
        database_url=database_url,
        secret_key=SECRET,
        bcrypt_rounds=4,
        db_pool_size=5,
        db_statement_timeout=1,
    )
    app = create_app(settings, [slow])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
        yield await make_world(app.state.database, http, Tokens(SECRET, settings.access_token_minutes))
    await close(app)


@pytest.mark.only("postgresql")
async def test_who_waits_too_long_is_told_to_send_it_again(slow_world: World, slow: Slow) -> None:
    client = slow_world.here.client().with_headers(**{"Idempotency-Key": "key-1"})
    slow.free.clear()
    async with asyncio.timeout(60):
        first = asyncio.create_task(client(CREATE, input={"name": "Diggers"}))
        await slow.begun.wait()
        second = await client(CREATE, input={"name": "Diggers"})
        assert second.codes == ["CONFLICT"]
        assert "send it again" in second.body["errors"][0]["message"]
        slow.free.set()
        made = (await first).payload("createTeam")
        third = await client(CREATE, input={"name": "Diggers"})
    assert third.payload("createTeam") == made
    assert third.headers["idempotency-replayed"] == "true"
