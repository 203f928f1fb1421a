"""Servers in their own processes, for tests over a real socket."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from server.app import create_app
from services.people.tokens import AccessTokens
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.support.app_fixture import create_app_fixture
from tests.support.app_shutdown import shut_down
from tests.support.client import Client
from tests.support.server_process import ServerProcess
from tests.support.settings import SECRET_KEY, build_settings

HANG_SECONDS = 60
"""Bounds that only catch a hang."""


@dataclass(frozen=True)
class OutageServer:
    """The server process, a client of a member that sends its requests over a socket, and the database's cluster."""

    process: ServerProcess
    client: Client
    cluster: Cluster


@pytest.fixture
def private_cluster() -> Iterator[Cluster]:
    """A cluster of this test only."""
    with Cluster(replicas=0) as cluster:
        yield cluster


@pytest.fixture
async def outage_server(private_cluster: Cluster, migrate: Migrate, tmp_path: Path) -> AsyncIterator[OutageServer]:
    """A server with short timeouts."""
    databases = PostgresDatabases(private_cluster, migrate)
    url = databases.create()
    databases.close()
    app = create_app(build_settings(url))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test") as http:
        app_fixture = await create_app_fixture(app.state.database, http, AccessTokens(SECRET_KEY, 15))
        headers = app_fixture.tenant.client().headers
    await shut_down(app)
    timeouts = {"DB_STATEMENT_TIMEOUT": "1", "DB_CONNECT_TIMEOUT": "1", "DB_POOL_TIMEOUT": "1", "DB_POOL_SIZE": "3"}
    server = ServerProcess(tmp_path, url, ALLOTMENT_ENV="test", SECRET_KEY=SECRET_KEY, BCRYPT_ROUNDS="4", **timeouts)
    with server:
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as http:
            yield OutageServer(server, Client(http, **headers), private_cluster)


@pytest.fixture
def shared_cluster(engine_name: str, request: pytest.FixtureRequest) -> Cluster | None:
    """The cluster of the test's database; None on SQLite."""
    return request.getfixturevalue("cluster") if engine_name == "postgresql" else None


@pytest.fixture
def socket_client(demo_server: str) -> Iterator[httpx.Client]:
    """A client of the running server."""
    with httpx.Client(base_url=demo_server, timeout=60) as client:
        yield client
