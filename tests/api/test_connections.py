"""Database connections under siege: a pool of two, siblings that run concurrently, failures, and clients who hang up.

However it ends, every connection must be back in its pool afterwards.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import text

from dataloaders.tallies import Tallies
from server.database import Database
from server.settings import Settings, load_settings
from tests.support import documents
from tests.support.client import Client
from tests.support.scene import Scene
from tests.support.stage import SECRET
from tests.support.world import PASSWORD, World, gid

PATIENCE = 60
"""Seconds after which something hangs for good. Nothing here takes long."""

SIBLINGS = """
query ($size: Int) {
  projects { nodes { name tasks(first: $size) { nodes { id workers { nodes { id } } } } taskCounts { status count } } }
  tasks { totalCount nodes { project { name } assignee { name } workers { nodes { id team { name } } } } }
  workers { nodes { tasks { nodes { id } } assignedTasks { totalCount } team { id } } }
  teams { totalCount nodes { workers { totalCount } } }
  viewer { id memberships { nodes { tenant { slug } } } }
}
"""
CREATE = documents.create("Task")


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Two connections, and not one more."""
    return load_settings(
        None,
        environment="test",
        database_url=database_url,
        secret_key=SECRET,
        bcrypt_rounds=4,
        db_pool_size=2,
        db_max_overflow=0,
        db_pool_timeout=30,
    )


def checked_out(database: Database) -> int:
    """How many connections somebody holds."""
    pools: set[Any] = {database.reading.pool, database.writing.pool}
    return sum(pool.checkedout() - getattr(pool, "tidied", 0) for pool in pools)


async def all_back(database: Database) -> None:
    """Wait until nobody holds a connection. Those of a client who hung up are given back in the background."""
    for _ in range(PATIENCE * 1000):
        if checked_out(database) == 0:
            return
        await asyncio.sleep(0.001)
    raise AssertionError(f"{checked_out(database)} connections were lost")


async def at_once(*coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    """What came of all of them."""
    async with asyncio.timeout(PATIENCE):
        return await asyncio.gather(*coroutines)


async def hang_up(request: Coroutine[Any, Any, Any], delay: float) -> bool:
    """Send a request and leave after a while; whether the answer was faster."""
    task = asyncio.create_task(request)
    await asyncio.wait([task], timeout=delay)
    task.cancel()
    await asyncio.wait([task])
    return not task.cancelled()


async def test_twenty_requests_of_many_siblings_share_two_connections(
    member: Client, scene: Scene, database: Database
) -> None:
    alone = await member(SIBLINGS)
    assert alone.data["projects"]["nodes"][-1]["taskCounts"][0] == {"status": "TODO", "count": 3}
    answers = await at_once(*(member(SIBLINGS) for _ in range(20)))
    assert all(answer.data == alone.data for answer in answers)
    assert checked_out(database) == 0


async def test_twenty_mutations_share_two_connections(member: Client, scene: Scene, database: Database) -> None:
    answers = await at_once(*(member(CREATE, input={"title": f"Task {n}"}) for n in range(20)))
    assert len({answer.payload("createTask")["task"]["id"] for answer in answers}) == 20
    assert checked_out(database) == 0


async def test_twenty_people_sign_in_again_over_two_connections(
    member: Client, world: World, database: Database
) -> None:
    credentials = {"email": "member@here.test", "password": PASSWORD}
    answers = await at_once(*(member(documents.LOGIN, input=credentials) for _ in range(20)))
    assert all(answer.payload("login")["accessToken"] for answer in answers)
    assert checked_out(database) == 0


async def test_a_sibling_that_asks_for_nonsense_disturbs_no_other(
    member: Client, scene: Scene, database: Database
) -> None:
    right = await member(SIBLINGS)
    for answer in await at_once(*(member(SIBLINGS, size=1000) for _ in range(20))):
        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.body["data"] == right.data | {"projects": None}
    await all_back(database)


async def test_a_sibling_whose_statement_fails_disturbs_no_other(
    member: Client, scene: Scene, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = await member(SIBLINGS)
    monkeypatch.setattr(Tallies, "fetch", _ask_nonsense)
    for answer in await at_once(*(member(SIBLINGS) for _ in range(20))):
        assert answer.codes == ["INTERNAL"]
        assert answer.body["data"] == right.data | {"projects": None}
    await all_back(database)


async def _ask_nonsense(loader: Tallies, _keys: Any) -> Any:
    return await loader.reader.rows(text("SELECT nonsense FROM nowhere"))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_readers_who_hang_up_cost_no_connection(member: Client, scene: Scene, database: Database) -> None:
    for step in range(15):
        if all(await at_once(*(hang_up(member(SIBLINGS), step * 0.004) for _ in range(3)))):
            break
        await all_back(database)
    await at_once(*(member(SIBLINGS) for _ in range(4)))
    assert checked_out(database) == 0


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_writers_who_hang_up_cost_no_connection_and_write_all_or_nothing(
    member: Client, scene: Scene, database: Database
) -> None:
    transfer = {"workerId": gid(scene.workers[0]), "toTeamId": gid(scene.teams[1])}
    for step in range(20):
        if all(await at_once(*(hang_up(member(documents.TRANSFER, **transfer), step * 0.002) for _ in range(3)))):
            break
        await all_back(database)
    worker = (await member(documents.TRANSFER, **transfer)).payload("transferWorker")["worker"]
    assert (worker["team"]["id"], worker["version"]) == (gid(scene.teams[1]), 2)
    assert checked_out(database) == 0
