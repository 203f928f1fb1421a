"""A cluster with two replicas for the tests of this package, and the application on it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from database import replica as replica_module
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.replicas.replicated_app import HANG_SECONDS, ReplicatedApp, open_replicated_app
from tests.support.db_snapshot import DatabaseSnapshot


@pytest.fixture(scope="package")
def replicated_cluster() -> Iterator[Cluster]:
    """A primary with two replicas, whose replay tests may pause."""
    with Cluster(replicas=2) as cluster:
        yield cluster


@pytest.fixture(scope="package")
def replicated_snapshot(replicated_cluster: Cluster, migrate: Migrate) -> DatabaseSnapshot:
    """The snapshot that the tests' databases are copies of."""
    return DatabaseSnapshot("sample_data", "replicated", replicated_cluster.directory, migrate)


@pytest.fixture(scope="package")
def replicated_databases(
    replicated_cluster: Cluster, replicated_snapshot: DatabaseSnapshot
) -> Iterator[PostgresDatabases]:
    """Creates copies of the snapshot."""
    databases = PostgresDatabases(replicated_cluster, replicated_snapshot.build, "template_sample_data")
    yield databases
    databases.close()


@pytest.fixture
async def replicated(
    replicated_cluster: Cluster, replicated_databases: PostgresDatabases, replicated_snapshot: DatabaseSnapshot
) -> AsyncIterator[ReplicatedApp]:
    """The application, whose replicas serve requests."""
    url = replicated_databases.create()
    for n in (1, 2):
        replicated_cluster.wait_replayed(n, HANG_SECONDS)
    async with open_replicated_app(replicated_cluster, url, replicated_snapshot) as app:
        await app.wait_until_serving()
        yield app
    replicated_databases.drop(url)


@pytest.fixture
def any_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let replicas serve although their replay is paused for a while."""
    monkeypatch.setattr(replica_module, "MAX_LAG_SECONDS", HANG_SECONDS)
