"""The server is killed in the middle of transfers, again and again."""

import asyncio
import random
import signal
from pathlib import Path

import httpx
import pytest

from models.membership import Role
from services.tokens import Tokens
from tests.chaos.moving import Movers, assert_whole, settle
from tests.support.server_process import SECRET, ServerProcess
from tests.support.world import World

MOVERS = 8
KILLS = 20
PATIENCE = 60


@pytest.mark.slow
async def test_the_server_is_killed_in_the_middle_of_transfers(world: World, database_url: str, tmp_path: Path) -> None:
    admin = world.here.users[Role.ADMIN]
    token = Tokens(SECRET, 60).issue(admin.id, world.sessions[admin.id])
    headers = {"Authorization": f"Bearer {token}", "X-Tenant": world.here.slug}
    movers, chance = Movers(await settle(world), headers), random.Random(KILLS)  # noqa: S311
    heard = 0
    for _ in range(KILLS):
        server = ServerProcess(tmp_path, database_url, ALLOTMENT_ENV="test", BCRYPT_ROUNDS="4")
        await asyncio.to_thread(server.__enter__)
        try:
            await move_until(server, movers, 0.3 + chance.random())
        finally:
            await asyncio.to_thread(server.stop, signal.SIGKILL)
        done = sum(call.told == "done" for call in movers.calls)
        assert done > heard, "nothing was done before the kill"
        heard = done
    with_it = ServerProcess(tmp_path, database_url, ALLOTMENT_ENV="test", BCRYPT_ROUNDS="4")
    await asyncio.to_thread(with_it.__enter__)
    try:
        await assert_whole(world, movers)
        async with httpx.AsyncClient(base_url=with_it.url, timeout=PATIENCE) as http:
            await movers.finish(http)
        await assert_whole(world, movers)
    finally:
        await asyncio.to_thread(with_it.__exit__, None, None, None)
    assert {call.told for call in movers.calls} <= {"done", "refused"}


async def move_until(server: ServerProcess, movers: Movers, seconds: float) -> None:
    """Move money until the server is killed, which is so many seconds after the first answer."""
    movers.stopped = False
    before = sum(call.told == "done" for call in movers.calls)
    async with (
        asyncio.timeout(PATIENCE),
        httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as http,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(MOVERS):
            group.create_task(movers.move(http))
        while sum(call.told == "done" for call in movers.calls) == before:  # noqa: ASYNC110 -- what is waited for is counted elsewhere
            await asyncio.sleep(0.01)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        movers.stopped = True
