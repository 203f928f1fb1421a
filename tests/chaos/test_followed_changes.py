"""The server process is killed repeatedly while clients write and others follow the change feed."""

import asyncio
import random
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from models import AuditEntry
from models.audit_entry import AuditAction
from models.ids import public_id
from models.membership import Role
from services.people.tokens import AccessTokens
from tests.support.app_fixture import AppFixture
from tests.support.change_feed import CHANGES
from tests.support.sample_data import fetch_table
from tests.support.server_process import SECRET_KEY, ServerProcess

WRITERS = 16
PAGE_SIZES = (1, 3, 50)
REPETITIONS = [pytest.param(1, marks=pytest.mark.slow), pytest.param(6, marks=pytest.mark.long)]
TASKS = 5
TIMEOUT_SECONDS = 60
CREATE = 'mutation { createTask(input: {title: "Dig"}) { task { id } } }'
UPDATE = "mutation ($id: ID!, $title: String!) { updateTask(id: $id, input: {title: $title}) { task { version } } }"

Change = dict[str, Any]


class Clients:
    """Writers that update the same tasks, and followers that remember what they received when the server is killed."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
        self.is_stopped = False
        self.acknowledged = 0
        self.received: dict[int, list[Change]] = {size: [] for size in PAGE_SIZES}
        self._cursors: dict[int, str | None] = dict.fromkeys(PAGE_SIZES)
        self._numbers = iter(range(10**6))

    async def send(self, http: httpx.AsyncClient, query: str, **variables: Any) -> Any:
        """Send an operation; return its data, or None if there was no answer."""
        try:
            body = {"query": query, "variables": variables}
            return (await http.post("/graphql", json=body, headers=self.headers)).json().get("data")
        except (httpx.TransportError, ValueError):
            return None

    async def write(self, http: httpx.AsyncClient, ids: list[str]) -> None:
        """Update tasks until stopped."""
        while not self.is_stopped:
            number = next(self._numbers)
            data = await self.send(http, UPDATE, id=ids[number % TASKS], title=f"Task {number}")
            self.acknowledged += bool(data and data["updateTask"])

    async def follow(self, http: httpx.AsyncClient, size: int) -> bool:
        """Receive a page; return whether it had changes."""
        data = await self.send(http, CHANGES, first=size, after=self._cursors[size])
        if not data or not data["changes"]:
            return False
        self.received[size] += data["changes"]["nodes"]
        self._cursors[size] = data["changes"]["pageInfo"]["endCursor"]
        return bool(data["changes"]["nodes"])

    async def follow_until_stopped(self, http: httpx.AsyncClient, size: int) -> None:
        """Receive pages until stopped."""
        while not self.is_stopped:
            if not await self.follow(http, size):
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("kills", REPETITIONS)
async def test_followers_receive_every_change_once_although_the_server_is_killed(
    kills: int, app_fixture: AppFixture, database_url: str, tmp_path: Path
) -> None:
    admin = app_fixture.tenant.users[Role.ADMIN]
    token = AccessTokens(SECRET_KEY, 60).issue(admin.id, app_fixture.session_ids[admin.id])
    clients = Clients({"Authorization": f"Bearer {token}", "X-Tenant": app_fixture.tenant.slug})
    ids, rng = await create_tasks(app_fixture), random.Random(kills)  # noqa: S311
    for _ in range(kills):
        server = ServerProcess(tmp_path, database_url, ALLOTMENT_ENV="test", BCRYPT_ROUNDS="4")
        await asyncio.to_thread(server.__enter__)
        await run_until_killed(server, clients, ids, 0.5 + rng.random())
    assert clients.acknowledged > kills
    await receive_remaining(app_fixture, clients)
    expected = await list_changes(app_fixture)
    for received in clients.received.values():
        assert sorted(map(describe, received)) == sorted(expected)
        assert received == clients.received[PAGE_SIZES[0]]
        for id in ids:
            versions = [change["version"] for change in received if change["objectId"] == id]
            assert versions == list(range(1, len(versions) + 1))


async def create_tasks(app_fixture: AppFixture) -> list[str]:
    """Create the tasks that all writers update."""
    client = app_fixture.tenant.client(Role.ADMIN)
    return [(await client(CREATE)).data["createTask"]["task"]["id"] for _ in range(TASKS)]


async def run_until_killed(server: ServerProcess, clients: Clients, ids: list[str], seconds: float) -> None:
    """Run writers and followers, and kill the server after this time."""
    clients.is_stopped = False
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT_SECONDS) as http,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(WRITERS):
            group.create_task(clients.write(http, ids))
        for size in PAGE_SIZES:
            group.create_task(clients.follow_until_stopped(http, size))
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        clients.is_stopped = True


async def receive_remaining(app_fixture: AppFixture, clients: Clients) -> None:
    """Receive what is left, until all followers have as many changes as there are."""
    total, clients.headers = len(await list_changes(app_fixture)), app_fixture.tenant.client(Role.ADMIN).headers
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for size in PAGE_SIZES:
            while len(clients.received[size]) < total:
                await clients.follow(app_fixture.http, size)


async def list_changes(app_fixture: AppFixture) -> list[tuple[str, str, Any]]:
    """List the changes that are in the database."""
    rows = await fetch_table(app_fixture.tenant, AuditEntry)
    return [
        (row["action"].value, public_id(row["noun"].lower(), row["object_id"]), row["version"])
        for row in rows
        if row["action"] is not AuditAction.BASELINE
    ]


def describe(change: Change) -> tuple[str, str, Any]:
    """Return what `list_changes` returns of a change."""
    return (change["action"], change["objectId"], change["version"])
