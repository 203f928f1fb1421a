"""Replicas and primaries that fail: no query fails with them, and a replica of another history is never read."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from database.replica import ReplicaState, ReplicaTransaction
from models.membership import Role
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.replicas.replicated_app import HANG_SECONDS, ReplicatedApp, open_replicated_app
from tests.support import documents
from tests.support.db_snapshot import DatabaseSnapshot

pytestmark = pytest.mark.slow

TASKS = "{ tasks { nodes { title project { name } } totalCount } teams { totalCount } }"


@pytest.fixture
def private_cluster() -> Iterator[Cluster]:
    """A cluster whose servers the test may kill and promote."""
    with Cluster(replicas=2) as cluster:
        yield cluster


@pytest.fixture
def private_snapshot(private_cluster: Cluster, migrate: Migrate) -> DatabaseSnapshot:
    """The snapshot that the test's database is a copy of."""
    return DatabaseSnapshot("sample_data", "private", private_cluster.directory, migrate)


@pytest.fixture
def private_url(private_cluster: Cluster, private_snapshot: DatabaseSnapshot) -> str:
    """The URL of the test's database."""
    databases = PostgresDatabases(private_cluster, private_snapshot.build, "template_sample_data")
    url = databases.create()
    databases.close()
    for n in (1, 2):
        private_cluster.wait_replayed(n, HANG_SECONDS)
    return url


class Readers:
    """Clients that send queries until they are stopped."""

    def __init__(self, app: ReplicatedApp) -> None:
        self._client = app.app_fixture.tenant.client()
        self.is_stopped = False
        self.done_count = 0

    async def run(self) -> None:
        while not self.is_stopped:
            assert (await self._client(TASKS)).data["tasks"]["totalCount"] == 3
            self.done_count += 1

    async def wait_for(self, count: int) -> None:
        """Wait until this many more queries are done."""
        target = self.done_count + count
        while self.done_count < target:  # noqa: ASYNC110 -- the tasks update the count
            await asyncio.sleep(0.01)


async def test_killed_replica_and_restarted_primary(replicated: ReplicatedApp) -> None:
    readers, cluster = Readers(replicated), replicated.cluster
    async with asyncio.timeout(HANG_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(readers.run())
        await readers.wait_for(20)
        await asyncio.to_thread(cluster.kill, 1)
        await readers.wait_for(20)
        await replicated.wait_for_states(ReplicaState.UNREACHABLE, ReplicaState.SERVING)
        await asyncio.to_thread(cluster.resume, 1)
        await replicated.wait_until_serving()
        readers.is_stopped = True
    await asyncio.to_thread(cluster.restart, 0)
    await replicated.wait_until_serving()
    replicated.reads.clear()
    client = replicated.app_fixture.tenant.client(Role.ADMIN)
    (await client(documents.create("Task"), input={"title": "Dig"})).payload("createTask")
    async with asyncio.timeout(HANG_SECONDS):
        while {"replica 1", "replica 2"} - set(replicated.reads):
            assert (await client(TASKS)).data["tasks"]["totalCount"] in (3, 4)


@pytest.mark.usefixtures("any_lag")
async def test_requests_do_not_wait_for_a_replica_that_hangs(replicated: ReplicatedApp) -> None:
    """They do not wait for the statement timeout of this application, which is ten minutes."""
    client = await replicated.app_fixture.tenant.client().lease_cost_points()
    replicated.reads.clear()
    async with asyncio.timeout(HANG_SECONDS):
        assert (await client(TASKS)).data["tasks"]["totalCount"] == 3
        with replicated.cluster.suspended(int(replicated.reads[0][-1])):
            for response in await asyncio.gather(*(client(TASKS) for _ in range(6))):
                assert response.data["tasks"]["totalCount"] == 3
            assert ReplicaState.UNREACHABLE in replicated.states()
            assert (await client(TASKS)).data["tasks"]["totalCount"] == 3
        await replicated.wait_until_serving()


async def test_replicas_of_another_history_are_not_read(
    private_cluster: Cluster, private_url: str, private_snapshot: DatabaseSnapshot
) -> None:
    """One replica is promoted while it lags. The other one has received more of the old log than the new primary, whose
    position then passes that of the replica."""
    cluster = private_cluster
    cluster.kill(1)
    cluster.execute("CREATE TABLE filler AS SELECT generate_series(1, 20000)")
    cluster.wait_replayed(2, HANG_SECONDS)
    replayed = cluster.fetch_value("SELECT pg_last_wal_replay_lsn()::text", n=2)
    cluster.kill()
    cluster.resume(1)
    cluster.promote(1)
    cluster.execute("CREATE TABLE diverged ()", 1)
    cluster.resume()
    async with open_replicated_app(cluster, private_url, private_snapshot) as app:
        await app.wait_for_states(ReplicaState.OTHER_TIMELINE, ReplicaState.SERVING)
        await assert_task_is_read(app, "primary", "replica 2")
    cluster.kill()
    cluster.execute("CREATE TABLE filler AS SELECT generate_series(1, 50000)", 1)
    assert cluster.fetch_value("SELECT pg_current_wal_lsn() > $1::text::pg_lsn", replayed, n=1)
    promoted_url = private_url.replace(cluster.dsn(0, ""), cluster.dsn(1, ""))
    async with open_replicated_app(cluster, promoted_url, private_snapshot, servers=[2]) as app:
        await app.wait_for_states(ReplicaState.OTHER_TIMELINE)
        await assert_task_is_read(app, "primary")
        assert app.states() == [ReplicaState.OTHER_TIMELINE]


async def assert_task_is_read(app: ReplicatedApp, *servers: str) -> None:
    """Assert that a new task is read by a client that has its token, from these servers only."""
    client = app.app_fixture.tenant.client(Role.ADMIN)
    response = await client(documents.create("Task"), input={"title": "Dig"})
    created = response.payload("createTask")["task"]["id"]
    client = client.with_headers(**{"X-Consistency-Token": response.headers["X-Consistency-Token"]})
    for _ in range(4):
        assert created in str((await client("{ tasks(first: 100) { nodes { id } } }")).data)
        await asyncio.sleep(0.1)
    assert set(app.reads) <= set(servers)


@pytest.mark.usefixtures("any_lag")
async def test_recovery_conflict_is_repeated_on_the_primary(
    replicated: ReplicatedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await replicated.app_fixture.tenant.client().lease_cost_points()
    for successes in (0, 1, 3):
        failing = FailingStatements(successes)
        with monkeypatch.context() as patch:
            patch.setattr(ReplicaTransaction, "rows", failing.execute)
            replicated.reads.clear()
            assert (await client(TASKS)).data["tasks"]["totalCount"] == 3
        assert failing.failures
        assert "primary" in replicated.reads
        assert replicated.states() == [ReplicaState.SERVING] * 2


class FailingStatements:
    """Statements on replicas, which fail as in a conflict with recovery after some successes."""

    def __init__(self, successes: int) -> None:
        self.remaining = successes
        self.failures = 0

    @property
    def execute(self) -> Any:
        execute = ReplicaTransaction.rows

        async def execute_or_fail(transaction: ReplicaTransaction, *arguments: Any) -> Any:
            if self.remaining:
                self.remaining -= 1
                return await execute(transaction, *arguments)
            self.failures += 1
            raise transaction._wrap(  # noqa: SLF001 -- as the transaction does it
                "SELECT", asyncpg.SerializationError("canceling statement due to conflict with recovery")
            )

        return execute_or_fail
