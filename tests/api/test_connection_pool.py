"""A pool of two connections under concurrent sibling fields, failing statements and disconnecting clients.

Every connection must be returned to the pool in all cases.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import text

from database.engine import Database
from dataloaders.children import GroupCountsLoader
from server.config.settings import Settings
from tests.support import documents
from tests.support.app_fixture import PASSWORD, AppFixture
from tests.support.client import Client
from tests.support.sample_data import SampleData
from tests.support.settings import build_settings

TIMEOUT_SECONDS = 60
"""Seconds after which a request counts as hanging."""

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
    """Settings with two connections and no overflow."""
    return build_settings(
        database_url,
        db_pool_size=2,
        db_max_overflow=0,
        db_pool_timeout=30,
    )


async def wait_until_returned(database: Database) -> None:
    """Wait until all connections are returned. Those of disconnected clients are returned in the background."""
    for _ in range(TIMEOUT_SECONDS * 1000):
        if database.connections_in_use == 0:
            return
        await asyncio.sleep(0.001)
    raise AssertionError(f"{database.connections_in_use} connections were lost")


async def gather_with_timeout(*coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    """Await all coroutines concurrently; return their results."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        return await asyncio.gather(*coroutines)


async def send_and_cancel(request: Coroutine[Any, Any, Any], delay: float) -> bool:
    """Send a request and cancel it after a delay; return whether it finished before."""
    task = asyncio.create_task(request)
    await asyncio.wait([task], timeout=delay)
    task.cancel()
    await asyncio.wait([task])
    return not task.cancelled()


async def test_concurrent_queries_share_two_connections(
    member_client: Client, sample_data: SampleData, database: Database
) -> None:
    expected = await member_client(SIBLINGS)
    assert expected.data["projects"]["nodes"][-1]["taskCounts"][1] == {"status": "IN_PROGRESS", "count": 3}
    responses = await gather_with_timeout(*(member_client(SIBLINGS) for _ in range(20)))
    assert all(response.data == expected.data for response in responses)
    assert database.connections_in_use == 0


async def test_concurrent_mutations_share_two_connections(
    member_client: Client, sample_data: SampleData, database: Database
) -> None:
    responses = await gather_with_timeout(*(member_client(CREATE, input={"title": f"Task {n}"}) for n in range(20)))
    assert len({response.payload("createTask")["task"]["id"] for response in responses}) == 20
    assert database.connections_in_use == 0


async def test_concurrent_logins_share_two_connections(
    member_client: Client, app_fixture: AppFixture, database: Database
) -> None:
    emails = ["member@here.test", "admin@here.test"] * 10  # the queue for hashing admits ten logins to an account
    logins = [{"email": email, "password": PASSWORD} for email in emails]
    responses = await gather_with_timeout(*(member_client(documents.LOGIN, input=login) for login in logins))
    assert all(response.payload("login")["accessToken"] for response in responses)
    assert database.connections_in_use == 0


async def test_sibling_with_invalid_argument_does_not_affect_others(
    member_client: Client, sample_data: SampleData, database: Database
) -> None:
    expected = await member_client(SIBLINGS)
    for response in await gather_with_timeout(*(member_client(SIBLINGS, size=1000) for _ in range(20))):
        assert response.error_codes == ["BAD_USER_INPUT"]
        assert response.body["data"] == expected.data | {"projects": None}
    await wait_until_returned(database)


async def test_sibling_with_failing_statement_does_not_affect_others(
    member_client: Client, sample_data: SampleData, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await member_client(SIBLINGS)
    monkeypatch.setattr(GroupCountsLoader, "fetch_values", _execute_invalid_sql)
    for response in await gather_with_timeout(*(member_client(SIBLINGS) for _ in range(20))):
        assert response.error_codes == ["INTERNAL"]
        assert response.body["data"] == expected.data | {"projects": None}
    await wait_until_returned(database)


async def _execute_invalid_sql(loader: GroupCountsLoader, _keys: Any) -> Any:
    return await loader.reader.rows(text("SELECT nonsense FROM nowhere"))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_cancelled_queries_return_their_connections(
    member_client: Client, sample_data: SampleData, database: Database
) -> None:
    for step_count in range(15):
        if all(
            await gather_with_timeout(*(send_and_cancel(member_client(SIBLINGS), step_count * 0.004) for _ in range(3)))
        ):
            break
        await wait_until_returned(database)
    await gather_with_timeout(*(member_client(SIBLINGS) for _ in range(4)))
    assert database.connections_in_use == 0


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_cancelled_mutations_return_their_connections_and_are_atomic(
    member_client: Client, sample_data: SampleData, database: Database
) -> None:
    transfer = {"workerId": sample_data.ids("Worker")[0], "toTeamId": sample_data.ids("Team")[1]}
    for step_count in range(20):
        if all(
            await gather_with_timeout(
                *(
                    send_and_cancel(member_client(documents.TRANSFER_WORKER, **transfer), step_count * 0.002)
                    for _ in range(3)
                )
            )
        ):
            break
        await wait_until_returned(database)
    worker = (await member_client(documents.TRANSFER_WORKER, **transfer)).payload("transferWorker")["worker"]
    assert (worker["team"]["id"], worker["version"]) == (sample_data.ids("Team")[1], 2)
    assert database.connections_in_use == 0
