"""A PgBouncer with fewer server connections than the application has, in front of the test's database."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from server.config.settings import Settings
from tests.harness.cluster import Cluster
from tests.harness.cluster_setup import APP_ROLE
from tests.harness.databases import database_name
from tests.harness.pgbouncer import PgBouncer
from tests.support.settings import build_settings

SERVER_CONNECTIONS = 3


@pytest.fixture(scope="module")
def bouncer(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgBouncer]:
    """A PgBouncer in front of the session's cluster."""
    folder = cluster.directory.path / tmp_path_factory.mktemp("pgbouncer").name
    port = urlsplit(cluster.dsn()).port
    assert port is not None
    with PgBouncer(folder, port, (APP_ROLE,), SERVER_CONNECTIONS) as running:
        yield running


@pytest.fixture
def pooler_url(bouncer: PgBouncer, database_url: str) -> str:
    """The URL of the test's database through PgBouncer, without parameters."""
    return bouncer.dsn(APP_ROLE, database_name(database_url))


@pytest.fixture
def settings(pooler_url: str) -> Settings:
    """Settings of an application that uses PgBouncer."""
    return build_settings(f"{pooler_url}?pgbouncer=true", db_pool_size=8, db_max_overflow=0, db_statement_timeout=10.0)
