"""A client that disconnects stops its query, and leaves every queue that it waits in."""

import asyncio
from pathlib import Path

import pytest

from models import Team
from services.people.passwords import QUEUE_BOUNDS
from tests.harness.cluster import Cluster
from tests.security.overload_helpers import CREATE_PROJECT, READ_PROJECTS, READ_TEAMS, run_server, wait_until
from tests.security.slow_tables import count_active, slow_tables
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client

pytestmark = pytest.mark.slow

LOGIN = 'mutation { login(input: {email: "owner%d@here.test", password: "Wrong-horse-1!"}) { userErrors { code } } }'
ABORTED_REQUESTS = 200


async def test_statement_ends_soon_after_its_client_has_disconnected(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    await app_fixture.tenant.create(Team)
    limits = {"DB_POOL_SIZE": "4", "DB_MAX_OVERFLOW": "0", "MAX_CONCURRENT_REQUESTS": "3"}
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **limits) as server:
        with slow_tables(database_url, shared_cluster):
            for query in (READ_TEAMS, CREATE_PROJECT):
                disconnecting = asyncio.create_task(server.disconnect(query))
                if shared_cluster is not None:
                    await wait_until(lambda: count_active(database_url, shared_cluster) > 0)
                await disconnecting
                await server.wait_until_idle()
                # with all places and connections in use, most of these wait in the queue
                await asyncio.gather(*(server.disconnect(query) for _ in range(ABORTED_REQUESTS // 2)))
                await server.wait_until_idle()
            assert (await server.client("{ viewer { email } }")).status == 200
        assert (await server.client(READ_PROJECTS)).data == {"projects": {"nodes": []}}
        responses = await asyncio.gather(*(server.client(READ_TEAMS) for _ in range(10)))
        assert all(len(response.data["teams"]["nodes"]) == 1 for response in responses)
        assert "Traceback" not in server.process.output
        assert server.process.output.count(" 499 ") >= ABORTED_REQUESTS


@pytest.mark.slow
@pytest.mark.only("postgresql")
async def test_client_that_has_disconnected_leaves_the_queue_for_hashing(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    limits = {"BCRYPT_ROUNDS": "15"}  # a hash takes seconds
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **limits) as server:
        anonymous, login = Client(server.http), {"email": "unknown@here.test", "password": "Wrong-horse-1!"}
        logins = [server.disconnect(LOGIN % n, 2, anonymous) for n in range(QUEUE_BOUNDS.per_network + 1)]
        disconnecting = asyncio.gather(*logins)
        await asyncio.sleep(1)
        assert (await anonymous(documents.LOGIN, input=login)).error_codes == ["RATE_LIMITED"]
        await disconnecting

        async def is_admitted() -> bool:
            """Send a login, and return whether it waits for its hash."""
            try:
                async with asyncio.timeout(0.5):
                    return (await anonymous(documents.LOGIN, input=login)).error_codes != ["RATE_LIMITED"]
            except TimeoutError:
                return True

        async with asyncio.timeout(10):
            while not await is_admitted():  # noqa: ASYNC110 -- only requests show it
                await asyncio.sleep(0.05)
