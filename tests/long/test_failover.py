"""The primary is replaced under load in several ways. Prints for how long clients could not write."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chaos.failover import Failover, open_failover
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate

pytestmark = pytest.mark.long

WRITERS, READERS = 12, 4
STATEMENT_TIMEOUT = 30
"""The default, in seconds."""
CLIENT_CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'allotment' AND backend_type = 'client backend'"
)


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


def report(name: str, failover: Failover) -> None:
    """Print the longest pause between acknowledged transfers, and the numbers of answers."""
    transfers = failover.transfers
    print(f"{name}: no transfer for {transfers.longest_pause:.1f} s; {transfers.done_count} done, "
          f"{dict(transfers.error_codes)}, reads {dict(failover.reads)}")  # fmt: skip


async def test_kill_and_promotion(failover: Failover) -> None:
    cluster = failover.cluster

    async def fail_over() -> None:
        await asyncio.to_thread(cluster.power_off)
        await asyncio.to_thread(cluster.promote)

    await failover.run_while(fail_over, writers=WRITERS, readers=READERS)
    report("kill -9 and promotion", failover)
    await failover.assert_nothing_is_lost(server=1)


async def test_promotion_after_a_while(failover: Failover) -> None:
    """The replica is asked to be the primary 5 seconds late, as by a monitor."""
    cluster = failover.cluster

    async def fail_over() -> None:
        await asyncio.to_thread(cluster.power_off)
        await asyncio.sleep(5)
        await asyncio.to_thread(cluster.promote)

    await failover.run_while(fail_over, writers=WRITERS, readers=READERS)
    report("kill -9 and promotion after 5 s", failover)
    await failover.assert_nothing_is_lost(server=1)


async def test_restart_of_the_primary(failover: Failover) -> None:
    cluster = failover.cluster

    async def restart() -> None:
        await asyncio.to_thread(cluster.restart)

    await failover.run_while(restart, writers=WRITERS, readers=READERS)
    report("fast restart", failover)
    await failover.assert_nothing_is_lost(server=0)


async def test_switchover_and_back(failover: Failover) -> None:
    """The old primary comes back as a standby. It is neither written to nor read from."""
    cluster = failover.cluster

    def switch(old: int, new: int) -> None:
        cluster.shut_down(old)
        cluster.promote(new)
        cluster.follow(old, new)

    for old, new in ((0, 1), (1, 0)):
        await failover.run_while(lambda: asyncio.to_thread(switch, old, new), writers=WRITERS, readers=READERS)  # noqa: B023
        connections = [cluster.fetch_value(CLIENT_CONNECTIONS, n=n) for n in (old, new)]
        assert connections[0] == 0
        assert connections[1] > 0
        report(f"switchover from {old} to {new}", failover)
    await failover.assert_nothing_is_lost(server=0)


async def test_primary_that_does_not_answer(failover: Failover) -> None:
    """The host accepts connections and statements, but answers nothing any more, as if packets were lost. The check of
    readiness finds the new primary, so that nothing waits until DB_STATEMENT_TIMEOUT is over."""
    cluster = failover.cluster

    async def fail_over() -> None:
        stack.enter_context(cluster.suspended())
        await asyncio.to_thread(cluster.promote)
        while not (await failover.http.get("/ready")).is_success:  # noqa: ASYNC110 -- as a load balancer
            await asyncio.sleep(0.5)

    with ExitStack() as stack:
        await failover.run_while(fail_over, writers=WRITERS, readers=READERS)
        report("no answer", failover)
        assert failover.transfers.longest_pause < STATEMENT_TIMEOUT
        await failover.assert_nothing_is_lost(server=1)
