"""1,000 subscribers for minutes: memory and descriptors that do not grow, and a shutdown that closes all of them."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from bench.drivers.subscribers import Subscriber, open_subscribers
from server.seed.demo_users import PASSWORD
from tests.harness.cluster import Cluster
from tests.harness.databases import Migrate, PostgresDatabases
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("ALLOTMENT_LIVE_SECONDS", "300"))
SUBSCRIBERS = 1000
SETTINGS = {
    "MAX_LIVE_CONNECTIONS_PER_CALLER": "10000",
    "MAX_CONNECTIONS_PER_ADDRESS": "10000",
    "COST_PER_SECOND_PRINCIPAL": "1000000000",
    "COST_BURST_PRINCIPAL": "1000000000",
    "COST_PER_SECOND_TENANT": "1000000000",
    "COST_BURST_TENANT": "1000000000",
}
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
CREATE = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } userErrors { code } } }"
SUBSCRIPTION = "subscription { taskChanged { cursor action task { title } } }"
MAX_GROWTH = 16 * 2**20
HANG_SECONDS = 120
"""A bound that only catches a hang."""


@pytest.fixture
def live_server(migrate: Migrate, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server with the demo data on PostgreSQL, for many sockets of one user."""
    with Cluster(replicas=0) as cluster:
        databases = PostgresDatabases(cluster, migrate)
        url = databases.create()
        databases.close()
        with ServerProcess(tmp_path, url, "--demo", **SETTINGS) as process:
            yield process


def have_received(subscribers: Sequence[Subscriber], count: int) -> bool:
    return all(len(subscriber.received_at) >= count for subscriber in subscribers)


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while not condition():  # noqa: ASYNC110 -- what it waits for has no event
            await asyncio.sleep(0.01)


async def log_in(client: httpx.AsyncClient) -> Mapping[str, str]:
    variables = {"input": {"email": "member@demo.test", "password": PASSWORD}}
    body = (await client.post("/graphql", json={"query": LOGIN, "variables": variables})).json()
    return {"Authorization": f"Bearer {body['data']['login']['accessToken']}", "X-Tenant": "demo"}


async def create_tasks(client: httpx.AsyncClient, subscribers: list[Subscriber], seconds: float) -> None:
    """Create tasks one after the other, each when all subscribers have received the one before."""
    until, count = time.monotonic() + seconds, len(subscribers[0].received_at)
    while time.monotonic() < until:
        body = {"query": CREATE, "variables": {"input": {"title": f"Task {count}"}}}
        response = (await client.post("/graphql", json=body)).json()
        assert response["data"]["createTask"]["userErrors"] == [], response
        count += 1
        await wait_until(partial(have_received, subscribers, count))
    assert {len(subscriber.received_at) for subscriber in subscribers} == {count}


async def test_a_thousand_subscribers(live_server: ServerProcess) -> None:
    process, port = psutil.Process(live_server.pid), urlsplit(live_server.url).port or 0
    async with httpx.AsyncClient(base_url=live_server.url, timeout=HANG_SECONDS) as client:
        client.headers.update(await log_in(client))
        descriptors = process.num_fds()
        headers = {name: client.headers[name] for name in ("Authorization", "X-Tenant")}
        subscribers = await open_subscribers(port, SUBSCRIBERS, headers, SUBSCRIPTION)
        await asyncio.sleep(2)
        await create_tasks(client, subscribers, SECONDS / 5)
        warm = process.memory_info().rss
        await create_tasks(client, subscribers, 4 * SECONDS / 5)
        growth = process.memory_info().rss - warm
        print(f"{SUBSCRIBERS} subscribers received {len(subscribers[0].received_at)} changes each in {SECONDS:.0f} s; "
              f"memory grew by {growth / 2**20:.1f} MiB to {process.memory_info().rss / 2**20:.0f} MiB")  # fmt: skip
        assert growth < MAX_GROWTH
        for subscriber in subscribers[: SUBSCRIBERS // 2]:
            subscriber.close()
        del subscribers[: SUBSCRIBERS // 2]
        await wait_until(lambda: process.num_fds() < descriptors + SUBSCRIBERS // 2 + 20)
        live_server.signal(signal.SIGTERM)
        await wait_until(lambda: all(subscriber.is_lost for subscriber in subscribers))
        assert Counter(subscriber.close_code for subscriber in subscribers) == {1001: SUBSCRIBERS // 2}
