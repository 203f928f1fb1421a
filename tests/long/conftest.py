"""A server with the demo data on PostgreSQL, as it runs in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.support.server_process import ServerProcess


@pytest.fixture
def server(migrate: Migrate, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server process with default limits, which trusts the X-Forwarded-For of this machine."""
    with Cluster(replicas=0) as cluster:
        databases = PostgresDatabases(cluster, migrate)
        url = databases.create()
        databases.close()
        with ServerProcess(tmp_path, url, "--demo", TRUSTED_PROXIES="127.0.0.1") as process:
            yield process
