"""A follower that stores its cursor receives every change exactly once, while servers and connections are killed and 16
writers write."""

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from server.seed.demo_users import PASSWORD
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.harness.postgres_server import free_port
from tests.long.test_live import LOGIN, SETTINGS
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("ALLOTMENT_LIVE_SECONDS", "90"))
WRITERS, FOLLOWERS = 16, 4
CREATE = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } userErrors { code } } }"
SUBSCRIPTION = "subscription ($after: String) { taskChanged(after: $after) { cursor action task { title } } }"
NEWEST = "{ changes(first: 1) { newestCursor } }"
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'allotment'"
)


class Fleet:
    """Writers and followers of a server that is killed again and again."""

    def __init__(self, url: str, headers: dict[str, str], seconds: float) -> None:
        self.url = url
        self.headers = headers
        self.until = time.monotonic() + seconds
        self.written: set[str] = set()
        self.received: list[list[str]] = [[] for _ in range(FOLLOWERS)]
        self.connections = 0

    async def write(self) -> None:
        """Create tasks. One whose response was lost is sent again with the same key, so that it is created once."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30, headers=self.headers) as client:
            while time.monotonic() < self.until:
                title = str(uuid4())
                body = {"query": CREATE, "variables": {"input": {"title": title}}}
                while not await self._try_to_write(client, body, title):  # noqa: ASYNC110 -- it is no state
                    await asyncio.sleep(0.1)
                self.written.add(title)
                await asyncio.sleep(random.uniform(0, 0.05))

    async def _try_to_write(self, client: httpx.AsyncClient, body: object, key: str) -> bool:
        try:
            response = await client.post("/graphql", json=body, headers={"Idempotency-Key": key})
            payload = (response.json().get("data") or {}).get("createTask")
        except (httpx.TransportError, json.JSONDecodeError):
            return False
        return payload is not None and payload["userErrors"] == []

    async def follow(self, received: list[str], cursor: str) -> None:
        """Follow until cancelled, and continue after the last cursor whenever the connection is lost."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                self.connections += 1
                async for event in self._events(cursor):
                    cursor = event["cursor"]
                    if event["action"] == "CREATED":
                        received.append(event["task"]["title"])
            await asyncio.sleep(0.05)

    async def _events(self, cursor: str) -> AsyncIterator[dict[str, Any]]:
        url = self.url.replace("http", "ws") + "/graphql"
        async with connect(url, subprotocols=["graphql-transport-ws"], open_timeout=10) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init", "payload": self.headers}))
            payload = {"query": SUBSCRIPTION, "variables": {"after": cursor}}
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "error" and is_outage(message["payload"]):
                    return  # subscribe again
                assert message["type"] == "next", message
                assert "errors" not in message["payload"], message
                yield message["payload"]["data"]["taskChanged"]


def is_outage(errors: list[dict[str, Any]]) -> bool:
    """Return whether a subscription was refused because of the database."""
    return {error["extensions"]["code"] for error in errors} == {"UNAVAILABLE"}


@asynccontextmanager
async def run_server(folder: Path, database_url: str, port: int, **settings: str) -> AsyncIterator[ServerProcess]:
    """Run a server; the clients in this process go on while it starts."""
    server = ServerProcess(folder, database_url, "--demo", "--port", str(port), **SETTINGS, **settings)
    await asyncio.to_thread(server.__enter__)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


async def log_in(url: str) -> tuple[dict[str, str], str]:
    """Return the headers of a member, and the newest cursor."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        variables = {"input": {"email": "member@demo.test", "password": PASSWORD}}
        body = (await client.post("/graphql", json={"query": LOGIN, "variables": variables})).json()
        headers = {"Authorization": f"Bearer {body['data']['login']['accessToken']}", "X-Tenant": "demo"}
        newest = (await client.post("/graphql", json={"query": NEWEST}, headers=headers)).json()
        return headers, newest["data"]["changes"]["newestCursor"]


async def disturb(cluster: Cluster, folder: Path, url: str, port: int, fleet_until: float) -> Counter[str]:
    """Kill the server or its connections to the database again and again, and start it again."""
    done: Counter[str] = Counter()
    number = 0
    while time.monotonic() < fleet_until:
        number += 1
        home = folder / str(number)
        home.mkdir()
        async with run_server(home, url, port) as server:
            await asyncio.sleep(4)
            await asyncio.to_thread(cluster.execute, TERMINATE)
            done["connections terminated"] += 1
            await asyncio.sleep(4)
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(cluster.resume)
            done["databases killed"] += 1
            await asyncio.sleep(4)
            end = random.choice((signal.SIGKILL, signal.SIGTERM))
            await asyncio.to_thread(server.stop, end)
            done[end.name] += 1
    return done


async def test_every_change_arrives_exactly_once(migrate: Migrate, tmp_path: Path) -> None:
    with Cluster(replicas=0) as cluster:
        databases = PostgresDatabases(cluster, migrate)
        database_url = databases.create()
        databases.close()
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        async with run_server(tmp_path, database_url, port):
            headers, cursor = await log_in(url)
        fleet = Fleet(url, headers, SECONDS)
        followers = [asyncio.create_task(fleet.follow(received, cursor)) for received in fleet.received]
        writers = asyncio.gather(*(fleet.write() for _ in range(WRITERS)))
        done = await disturb(cluster, tmp_path, database_url, port, fleet.until)
        home = tmp_path / "last"
        home.mkdir()
        async with run_server(home, database_url, port):
            await writers
            async with asyncio.timeout(60):
                while any(len(received) < len(fleet.written) for received in fleet.received):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            await asyncio.sleep(1)
            for task in followers:
                task.cancel()
            await asyncio.gather(*followers, return_exceptions=True)
    print(f"{len(fleet.written)} changes by {WRITERS} writers, {FOLLOWERS} followers, {fleet.connections} connections; "
          f"{dict(done)}")  # fmt: skip
    assert all(Counter(received) == dict.fromkeys(fleet.written, 1) for received in fleet.received)
    assert all(received == fleet.received[0] for received in fleet.received)
