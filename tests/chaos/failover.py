"""A server process on a primary and its synchronous replica, and clients that use it while the primary is replaced."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from models.membership import Role
from tests.changes.follower import Follower, start, summarize
from tests.chaos.transfer_clients import TransferClients, assert_consistent, open_accounts
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases, database_name
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.idempotency import with_key
from tests.support.private_app import open_app_fixture, reopen
from tests.support.server_process import ServerProcess
from tests.support.settings import SECRET_KEY

TIMEOUT_SECONDS = 120
"""A bound that only catches a hang."""
PAUSE_SECONDS = 0.05
QUERY = "{ viewer { email } accounts(first: 5) { nodes { balance } } tasks(first: 5) { totalCount nodes { title } } }"
Action = Callable[[], Awaitable[None]]


@dataclass
class Failover:
    """The server process and its database, with the clients of one test."""

    cluster: Cluster
    app_fixture: AppFixture
    process: ServerProcess
    http: httpx.AsyncClient
    database: str
    transfers: TransferClients
    follower: Follower
    reads: Counter[str] = field(default_factory=Counter)
    """The numbers of queries by error code, or "OK"."""
    tasks: list[str] = field(default_factory=list)
    """The ids of the tasks that were created, in this order."""

    @property
    def client(self) -> Client:
        """A client of the server process."""
        return Client(self.http, **self.transfers.headers)

    async def run_while(self, action: Action, *, writers: int, readers: int = 2) -> None:
        """Replace the primary under load. The clients continue until the server has recovered."""
        async with asyncio.timeout(TIMEOUT_SECONDS), asyncio.TaskGroup() as group:
            self.transfers.is_stopped = False
            for _ in range(writers):
                group.create_task(self.transfers.run(self.http))
            for _ in range(readers):
                group.create_task(self._read())
            group.create_task(self._create_tasks())
            await self.wait_for_transfers(20)
            await action()
            await self.wait_for_transfers(50)
            self.transfers.is_stopped = True

    async def wait_for_transfers(self, count: int) -> None:
        """Wait until this many more transfers are done."""
        target = self.transfers.done_count + count
        while self.transfers.done_count < target:  # noqa: ASYNC110 -- the tasks update the count
            await asyncio.sleep(PAUSE_SECONDS)

    async def assert_nothing_is_lost(self, server: int) -> None:
        """Assert that the server answered with no other error than UNAVAILABLE, and that what it acknowledged is in the
        database of the cluster's server once, in the change feed too."""
        assert self.transfers.statuses.keys() <= {200, 503}
        assert self.transfers.error_codes.keys() <= {"UNAVAILABLE"}
        assert self.reads.keys() <= {"OK", "UNAVAILABLE"}
        assert "Traceback" not in self.process.output
        async with reopen(self.app_fixture, self.cluster.dsn(server, self.database)) as primary:
            await assert_consistent(primary, self.transfers)
            await self.transfers.finish(self.http)
            await assert_consistent(primary, self.transfers)
        created = [id for type, id, action in summarize(await self._follow()) if (type, action) == ("TASK", "CREATED")]
        assert created == self.tasks

    async def _follow(self) -> list[dict[str, object]]:
        """Receive all changes until those of a last task."""
        last = await self._create_task(len(self.tasks))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while last not in [change["objectId"] for change in self.follower.received]:
                await self.follower.next_page()
        return self.follower.received

    async def _read(self) -> None:
        while not self.transfers.is_stopped:
            response = await self.client(QUERY)
            self.reads[response.error_codes[0] if response.error_codes else "OK"] += 1
            await asyncio.sleep(PAUSE_SECONDS if response.error_codes else 0)

    async def _create_tasks(self) -> None:
        """Create one task after the other, and follow the changes."""
        while not self.transfers.is_stopped:
            await self._create_task(len(self.tasks))
            if not (response := await self.follower.request()).error_codes:
                page = response.data["changes"]
                self.follower.cursor = page["pageInfo"]["endCursor"]
                self.follower.received += page["nodes"]
            await asyncio.sleep(PAUSE_SECONDS)

    async def _create_task(self, number: int) -> str:
        """Create a task; repeat the request with the same key until there is an answer."""
        client = with_key(self.client, f"task-{number}")
        while (response := await client(documents.create("Task"), input={"title": f"Task {number}"})).error_codes:
            assert set(response.error_codes) <= {"UNAVAILABLE", "CONFLICT"}
            await asyncio.sleep(PAUSE_SECONDS)
        id: str = response.payload("createTask")["task"]["id"]
        self.tasks.append(id)
        return id


@asynccontextmanager
async def open_failover(cluster: Cluster, migrate: Migrate, folder: Path, **variables: str) -> AsyncIterator[Failover]:
    """Start a server process whose URL names all servers of the cluster."""
    databases = PostgresDatabases(cluster, migrate)
    name = database_name(databases.create())
    databases.close()
    async with open_app_fixture(cluster.dsn(database=name)) as app_fixture:
        account_ids = await open_accounts(app_fixture)
    cluster.replicate_synchronously()
    headers = app_fixture.tenant.client(Role.ADMIN).headers
    settings = {"ALLOTMENT_ENV": "test", "SECRET_KEY": SECRET_KEY, "BCRYPT_ROUNDS": "4", **variables}
    with ServerProcess(folder, cluster.dsn_of_all(name), **settings) as process:
        async with httpx.AsyncClient(base_url=process.url, timeout=TIMEOUT_SECONDS) as http:
            follower, transfers = Follower(Client(http, **headers)), TransferClients(account_ids, headers)
            await start(follower)
            yield Failover(cluster, app_fixture, process, http, name, transfers, follower)
