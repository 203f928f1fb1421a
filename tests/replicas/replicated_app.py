"""The application with a primary and read replicas, and what tests ask about where its requests read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from database.engine import Database
from database.replica import ReplicaState
from database.replicas import Replicas
from server.app import create_app
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.support.app_fixture import AppFixture
from tests.support.app_shutdown import shut_down
from tests.support.db_snapshot import DatabaseSnapshot
from tests.support.sample_data import SampleData
from tests.support.settings import build_settings

HANG_SECONDS = 60
"""A bound that only catches a hang."""
READY_TOKEN = "the token of the operators of the replicas"


@dataclass
class ReplicatedApp:
    """The application, the objects of its database, and the names of the databases on which reads have begun."""

    app: FastAPI
    cluster: Cluster
    url: str
    app_fixture: AppFixture
    sample_data: SampleData
    reads: list[str]

    @property
    def replicas(self) -> Replicas:
        """The replicas of the application."""
        replicas: Replicas = self.app.state.services.replicas
        return replicas

    def states(self) -> list[ReplicaState]:
        """Return the states of the replicas."""
        return [status.state for status in self.replicas.status()]

    async def wait_for_states(self, *states: ReplicaState) -> None:
        """Wait until the replicas have these states."""
        async with asyncio.timeout(HANG_SECONDS):
            while self.states() != list(states):  # noqa: ASYNC110 -- the monitor updates them
                await asyncio.sleep(0.02)

    async def wait_until_serving(self) -> None:
        """Wait until all replicas serve requests."""
        await self.wait_for_states(*(ReplicaState.SERVING for _ in self.states()))


@asynccontextmanager
async def open_replicated_app(
    cluster: Cluster, url: str, snapshot: DatabaseSnapshot, servers: Sequence[int] = (1, 2)
) -> AsyncIterator[ReplicatedApp]:
    """Start the application and its monitor on a copy of a snapshot, with these servers as replicas."""
    urls = [cluster.dsn(n, database_name(url)) for n in servers]
    settings = build_settings(
        url, db_pool_size=5, replica_urls=" ".join(urls), ready_token=READY_TOKEN, db_statement_timeout=600
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://allotment.test", timeout=HANG_SECONDS) as http:
        objects = snapshot.load(app.state.database, http)
        assert objects.sample_data is not None
        replicated = ReplicatedApp(app, cluster, url, objects.app_fixture, objects.sample_data, [])
        record_reads(app.state.database, "primary", replicated.reads)
        for n, replica in zip(servers, replicated.replicas.members, strict=True):
            record_reads(replica.database, f"replica {n}", replicated.reads)
        replicated.replicas.start()
        try:
            yield replicated
        finally:
            await shut_down(app)


def record_reads(database: Database, name: str, reads: list[str]) -> None:
    """Add the name to the list whenever a read transaction has begun on the database."""
    database_class: Any = type(database)

    class RecordedDatabase(database_class):  # type: ignore[misc]
        async def begin_read(self, credentials: Any) -> Any:
            begun = await super().begin_read(credentials)
            reads.append(name)
            return begun

    database.__class__ = RecordedDatabase  # so that copies of the database are recorded, too
