"""PostgreSQL goes away and comes back while money is moved; the server stays."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from models.membership import Role
from server.app import create_app
from server.settings import load_settings
from services.tokens import Tokens
from tests.chaos.moving import Movers, assert_whole, settle
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.support.closing import close
from tests.support.stage import SECRET
from tests.support.world import World, make_world

MOVERS = 6
PATIENCE = 60


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A primary that may be killed."""
    with Cluster(replicas=0) as cluster:
        yield cluster


@pytest.fixture
async def own_world(own_cluster: Cluster, migrate: Migrate) -> AsyncIterator[World]:
    """An application and its world on that."""
    databases = PostgresDatabases(own_cluster, migrate)
    url = databases.create()
    databases.close()
    settings = load_settings(
        None, environment="test", database_url=url, secret_key=SECRET, bcrypt_rounds=4, db_pool_size=5
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test", timeout=PATIENCE) as http:
        yield await make_world(app.state.database, http, Tokens(SECRET, settings.access_token_minutes))
    await close(app)


@pytest.mark.parametrize("how", ["restart", "kill"])
async def test_the_database_is_restarted_under_load(how: str, own_world: World, own_cluster: Cluster) -> None:
    admin = own_world.here.client(Role.ADMIN)
    movers = Movers(await settle(own_world), admin.headers)

    async def heard_more(number: int) -> None:
        """Until so many more were done."""
        wanted = sum(call.told == "done" for call in movers.calls) + number
        while sum(call.told == "done" for call in movers.calls) < wanted:  # noqa: ASYNC110 -- what is waited for is counted elsewhere
            await asyncio.sleep(0.01)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for _ in range(MOVERS):
            group.create_task(movers.move(own_world.http))
        await heard_more(5)
        if how == "kill":
            await asyncio.to_thread(own_cluster.kill)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(own_cluster.resume)
        else:
            await asyncio.to_thread(own_cluster.restart)
        await heard_more(20)
        movers.stopped = True
    assert any(call.told is None for call in movers.calls), "nobody noticed"
    await assert_whole(own_world, movers)
    await movers.finish(own_world.http)
    await assert_whole(own_world, movers)
