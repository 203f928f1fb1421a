"""A server process on the test's database, and clients that disconnect."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from models.membership import Role
from tests.harness.cluster import Cluster
from tests.security.slow_tables import count_active
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.client import Client
from tests.support.server_process import ServerProcess
from tests.support.settings import SECRET_KEY

HANG_SECONDS = 60
"""Bounds that only catch a hang."""
READ_TEAMS = "{ teams { nodes { id name } } }"
CREATE_PROJECT = 'mutation { createProject(input: {name: "Slow"}) { project { id } userErrors { code } } }'
READ_PROJECTS = "{ projects { nodes { name } } }"


@dataclass(frozen=True)
class OverloadServer:
    """A server process, and the database that it shares with the test."""

    process: ServerProcess
    http: httpx.AsyncClient
    app_fixture: AppFixture
    database_url: str
    cluster: Cluster | None

    @property
    def client(self) -> Client:
        """A member of the first tenant."""
        return self.client_of(self.app_fixture.tenant)

    def client_of(self, tenant: TenantFixture) -> Client:
        """Return a client of a member of this tenant."""
        return Client(self.http, **tenant.client(Role.MEMBER).headers)

    async def disconnect(self, query: str, seconds: float = 0.3, client: Client | None = None) -> None:
        """Send a request, and close the socket after some time without having read a response."""
        url, body = urlsplit(self.process.url), json.dumps({"query": query}).encode()
        headers = {"Host": "localhost", "Content-Type": "application/json", **(client or self.client).headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(f"POST /graphql HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        await asyncio.sleep(seconds)
        writer.close()

    async def wait_until_idle(self) -> None:
        """Wait until PostgreSQL executes no statement of the server, and no transaction is open."""
        await wait_until(lambda: count_active(self.database_url, self.cluster) == 0)


@asynccontextmanager
async def run_server(
    folder: Path, app_fixture: AppFixture, database_url: str, cluster: Cluster | None, **variables: str
) -> AsyncIterator[OverloadServer]:
    """Run a server with these settings."""
    fixed = {"ALLOTMENT_ENV": "test", "SECRET_KEY": SECRET_KEY, "BCRYPT_ROUNDS": "4", "DB_POOL_SIZE": "5"}
    with ServerProcess(folder, database_url, **fixed | variables) as process:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=process.url, timeout=HANG_SECONDS, limits=limits) as http:
            yield OverloadServer(process, http, app_fixture, database_url, cluster)


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(HANG_SECONDS):
        while not condition():  # noqa: ASYNC110 -- nothing signals these conditions
            await asyncio.sleep(0.02)
