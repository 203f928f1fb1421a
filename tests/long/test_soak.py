"""Ordinary and hostile clients for minutes: no server error, and memory that does not grow."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from server.seed.demo_users import PASSWORD
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("ALLOTMENT_SOAK_SECONDS", "180"))
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
MEMBERS, CLIENTS_PER_MEMBER = ("owner", "admin", "member"), 6
MAX_GROWTH = 64 * 2**20
ORDINARY = (
    "{ tasks { nodes { title assignee { name } project { name } } } }",
    "{ projects { totalCount nodes { name tasks(first: 5) { nodes { title } } } } }",
    "{ products(first: 50) { nodes { name price } } }",
    'mutation { createTeam(input: {name: "Soak %d"}) { team { id } userErrors { code } } }',
    "{ viewer { id memberships { nodes { role tenant { name } } } } }",
)
DEEP = "tasks(first: 100) { nodes { project { tasks(first: 100) { nodes { id } } } } }"
HOSTILE = (
    "{ a%d: tasks(first: 100) { nodes { project { " + DEEP + " } } } }",
    "{ viewer { " + " ".join(f"a{number}" for number in range(2000)) + " } } # %d",
    "{ tasks(first: 101) { nodes { id } } b%d: __typename }",
    "{ tasks(first: 100) { nodes { a%d: title workers(first: 100) { nodes { name } } } } }",
    "{ viewer { " + "... { id " * 200 + "}" * 200 + " } } # %d",
)


class Fleet:
    """Clients that send requests until the time is over."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.until = time.monotonic() + SECONDS
        self.statuses: Counter[int] = Counter()
        self.codes: Counter[str] = Counter()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until

    async def use(self, name: str) -> None:
        """Send ordinary and hostile operations as a demo user."""
        async with httpx.AsyncClient(base_url=self.url, timeout=120, headers={"X-Tenant": "demo"}) as client:
            variables = {"input": {"email": f"{name}@demo.test", "password": PASSWORD}}
            body = (await client.post("/graphql", json={"query": LOGIN, "variables": variables})).json()
            client.headers["Authorization"] = f"Bearer {body['data']['login']['accessToken']}"
            while not self.is_over:
                query = random.choice(HOSTILE if random.random() < 0.2 else ORDINARY)
                number = random.randrange(10**9)
                response = await client.post("/graphql", json={"query": query.replace("%d", str(number))})
                self.statuses[response.status_code] += 1
                self.codes.update(error["extensions"]["code"] for error in response.json().get("errors", ()))

    async def misbehave(self) -> None:
        """Open connections that send a part of a request, or disconnect in the middle of one."""
        url = urlsplit(self.url)
        body = json.dumps({"query": "{ __typename }"}).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        request = head.encode() + b"\r\n\r\n" + body
        while not self.is_over:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(url.hostname, url.port)
                writer.write(request[: random.randrange(len(request))])
                await asyncio.sleep(random.random())
                writer.close()


async def test_memory_is_stable_under_mixed_load(server: ServerProcess) -> None:
    fleet, process = Fleet(server.url), psutil.Process(server.pid)
    users = [fleet.use(name) for name in MEMBERS for _ in range(CLIENTS_PER_MEMBER)]
    clients = asyncio.gather(*users, *(fleet.misbehave() for _ in range(50)))
    await asyncio.sleep(SECONDS / 3)
    warm = process.memory_info().rss
    await clients
    growth = process.memory_info().rss - warm
    print(f"{fleet.statuses.total()} requests in {SECONDS:.0f} s: {dict(fleet.statuses)} {dict(fleet.codes)}; "
          f"RSS {warm / 2**20:.0f} MiB after a third, {growth / 2**20:+.0f} MiB after that")  # fmt: skip
    assert fleet.statuses.keys() <= {200, 429, 503}
    assert "INTERNAL" not in fleet.codes
    assert growth < MAX_GROWTH
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/ready")).json()["status"] == "ready"
