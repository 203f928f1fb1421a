"""The clients that people use receive every change exactly once, while 16 writers write and their server is killed,
stopped and replaced."""

import asyncio
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, make_node_workspace, make_workspace, npm_packages
from tests.clients.test_streams import CLIENTS, Program, running
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.harness.postgres_server import free_port
from tests.long.test_live_delivery import WRITERS, Fleet, log_in, run_server

__all__ = ["make_node_workspace", "make_workspace", "npm_packages"]

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("ALLOTMENT_LIVE_SECONDS", "60"))
NEVER = "1000000000"
"""The number of changes after which a program would end."""


def received_titles(program: Program) -> list[str]:
    """Return the titles of the created tasks that a program has received."""
    return [line.removeprefix("CREATED ") for line in program.lines if line.startswith("CREATED ")]


async def replace_servers(folder: Path, database_url: str, port: int, until: float) -> Counter[str]:
    """Run one server after the other: each is replaced by SIGHUP, and then killed or stopped."""
    done: Counter[str] = Counter()
    number = 0
    while time.monotonic() < until:
        number += 1
        home = folder / f"server-{number}"
        home.mkdir()
        async with run_server(home, database_url, port, SUPERVISE="true") as server:
            await asyncio.sleep(3)
            server.signal(signal.SIGHUP)
            done["SIGHUP"] += 1
            await asyncio.sleep(8)
            end = (signal.SIGKILL, signal.SIGTERM)[number % 2]
            await asyncio.to_thread(server.stop, end)
            done[end.name] += 1
    return done


async def test_clients_receive_every_change_once(
    migrate: Migrate, make_node_workspace: MAKE_WORKSPACE, tmp_path: Path
) -> None:
    workspace = make_node_workspace("streams")
    with Cluster(replicas=0) as cluster:
        databases = PostgresDatabases(cluster, migrate)
        database_url = databases.create()
        databases.close()
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        home = tmp_path / "first"
        home.mkdir()
        async with run_server(home, database_url, port):
            headers, cursor = await log_in(url)
        fleet = Fleet(url, headers, SECONDS)
        token = headers["Authorization"].removeprefix("Bearer ")
        with running(workspace, f"{url}/graphql", token, cursor, NEVER) as programs:
            writers = asyncio.gather(*(fleet.write() for _ in range(WRITERS)))
            done = await replace_servers(tmp_path, database_url, port, fleet.until)
            home = tmp_path / "last"
            home.mkdir()
            async with run_server(home, database_url, port):
                await writers
                async with asyncio.timeout(60):
                    while any(len(received_titles(each)) < len(fleet.written) for each in programs):  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
                await asyncio.sleep(1)
            received = [Counter(received_titles(program)) for program in programs]
    print(f"{len(fleet.written)} changes by {WRITERS} writers to {', '.join(CLIENTS)}; {dict(done)}")
    assert received == [Counter(fleet.written)] * len(CLIENTS)
