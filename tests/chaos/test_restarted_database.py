"""PostgreSQL is restarted or killed during transfers, while the server keeps running."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from models.membership import Role
from server.app import create_app
from server.config.settings import load_settings
from services.people.tokens import AccessTokens
from tests.chaos.transfer_clients import TransferClients, assert_consistent, open_accounts
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.support.app_fixture import AppFixture, create_app_fixture
from tests.support.app_shutdown import shut_down
from tests.support.settings import SECRET_KEY

CLIENT_COUNT = 6
TIMEOUT_SECONDS = 60


@pytest.fixture
def private_cluster() -> Iterator[Cluster]:
    """A cluster whose server the test may kill."""
    with Cluster(replicas=0) as cluster:
        yield cluster


@pytest.fixture
async def app_fixture(private_cluster: Cluster, migrate: Migrate) -> AsyncIterator[AppFixture]:
    """The application fixture on that cluster."""
    databases = PostgresDatabases(private_cluster, migrate)
    url = databases.create()
    databases.close()
    settings = load_settings(
        None, environment="test", database_url=url, secret_key=SECRET_KEY, bcrypt_rounds=4, db_pool_size=5
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://allotment.test", timeout=TIMEOUT_SECONDS
    ) as http:
        yield await create_app_fixture(
            app.state.database, http, AccessTokens(SECRET_KEY, settings.access_token_minutes)
        )
    await shut_down(app)


@pytest.mark.parametrize("interruption", ["restart", "kill"])
async def test_acknowledged_transfers_survive_restart_of_database(
    interruption: str, app_fixture: AppFixture, private_cluster: Cluster
) -> None:
    admin = app_fixture.tenant.client(Role.ADMIN)
    clients = TransferClients(await open_accounts(app_fixture), admin.headers)

    async def wait_for_transfers(count: int) -> None:
        """Wait until this many more transfers are done."""
        target = clients.done_count + count
        while clients.done_count < target:  # noqa: ASYNC110 -- the tasks update the count
            await asyncio.sleep(0.01)

    async with asyncio.timeout(TIMEOUT_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(CLIENT_COUNT):
            group.create_task(clients.run(app_fixture.http))
        await wait_for_transfers(5)
        if interruption == "kill":
            await asyncio.to_thread(private_cluster.kill)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(private_cluster.resume)
        else:
            await asyncio.to_thread(private_cluster.restart)
        await wait_for_transfers(20)
        clients.is_stopped = True
    assert any(request.outcome is None for request in clients.requests), "no request failed"
    await assert_consistent(app_fixture, clients)
    await clients.finish(app_fixture.http)
    await assert_consistent(app_fixture, clients)
