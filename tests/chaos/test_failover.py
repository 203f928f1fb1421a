"""The primary is killed under load, and its replica promoted; the server follows without a restart."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.chaos.failover import Failover, open_failover
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate

pytestmark = pytest.mark.slow


@pytest.fixture
def replicated_cluster() -> Iterator[Cluster]:
    """A primary and its replica, which the test may kill and promote."""
    with Cluster(replicas=1) as running:
        yield running


@pytest.fixture
async def failover(replicated_cluster: Cluster, migrate: Migrate, tmp_path: Path) -> AsyncIterator[Failover]:
    """The server process on that cluster."""
    async with open_failover(replicated_cluster, migrate, tmp_path) as running:
        yield running


async def test_server_follows_the_promoted_replica(failover: Failover) -> None:
    cluster = failover.cluster

    async def fail_over() -> None:
        await asyncio.to_thread(cluster.power_off)
        await asyncio.to_thread(cluster.promote)

    await failover.run_while(fail_over, writers=6)
    await failover.assert_nothing_is_lost(server=1)
    assert " instead of 127.0.0.1" in failover.process.output  # it has connected to the other server
