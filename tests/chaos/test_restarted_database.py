"""PostgreSQL is restarted or killed during transfers, while the server keeps running."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from models.membership import Role
from tests.chaos.transfer_clients import TransferClients, assert_consistent, open_accounts
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.support.app_fixture import AppFixture
from tests.support.private_app import open_app_fixture

pytestmark = pytest.mark.slow

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
    async with open_app_fixture(url) as fixture:
        yield fixture


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
