"""The server process is killed repeatedly during transfers."""

import asyncio
import random
import signal
from pathlib import Path

import httpx
import pytest

from models.membership import Role
from services.people.tokens import AccessTokens
from tests.chaos.transfer_clients import TransferClients, assert_consistent, open_accounts
from tests.support.app_fixture import AppFixture
from tests.support.server_process import SECRET_KEY, ServerProcess

CLIENT_COUNT = 8
REPETITIONS = [pytest.param(1, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.long)]
TIMEOUT_SECONDS = 60


@pytest.mark.parametrize("kills", REPETITIONS)
async def test_acknowledged_transfers_survive_kills_of_server(
    kills: int, app_fixture: AppFixture, database_url: str, tmp_path: Path
) -> None:
    admin = app_fixture.tenant.users[Role.ADMIN]
    token = AccessTokens(SECRET_KEY, 60).issue(admin.id, app_fixture.session_ids[admin.id])
    headers = {"Authorization": f"Bearer {token}", "X-Tenant": app_fixture.tenant.slug}
    clients, rng = TransferClients(await open_accounts(app_fixture), headers), random.Random(kills)  # noqa: S311
    done_before = 0
    for _ in range(kills):
        server = ServerProcess(tmp_path, database_url, ALLOTMENT_ENV="test", BCRYPT_ROUNDS="4")
        await asyncio.to_thread(server.__enter__)
        try:
            await run_until_killed(server, clients, 0.3 + rng.random())
        finally:
            await asyncio.to_thread(server.stop, signal.SIGKILL)
        assert clients.done_count > done_before, "no transfer was done before the kill"
        done_before = clients.done_count
    server = ServerProcess(tmp_path, database_url, ALLOTMENT_ENV="test", BCRYPT_ROUNDS="4")
    await asyncio.to_thread(server.__enter__)
    try:
        await assert_consistent(app_fixture, clients)
        async with httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT_SECONDS) as http:
            await clients.finish(http)
        await assert_consistent(app_fixture, clients)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)
    assert {request.outcome for request in clients.requests} <= {"done", "rejected"}


async def run_until_killed(server: ServerProcess, clients: TransferClients, seconds: float) -> None:
    """Run the clients and kill the server this many seconds after the first response."""
    clients.is_stopped = False
    done_before = clients.done_count
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT_SECONDS) as http,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(CLIENT_COUNT):
            group.create_task(clients.run(http))
        while clients.done_count == done_before:  # noqa: ASYNC110 -- the tasks update the count
            await asyncio.sleep(0.01)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        clients.is_stopped = True
