"""A login gives its place up while it waits for its hash; it gets a place again, however many requests wait."""

import asyncio
from pathlib import Path

import pytest

from database.active_shares import PERIOD_SECONDS
from models import Team
from tests.harness.cluster import Cluster
from tests.security.overload_helpers import READ_TEAMS, run_server
from tests.security.slow_tables import slow_tables
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.client import Client

pytestmark = pytest.mark.slow

LIMITS = {"MAX_CONCURRENT_REQUESTS": "1", "MAX_QUEUED_REQUESTS": "2", "DB_POOL_SIZE": "2", "BCRYPT_ROUNDS": "13"}
LOGIN = {"email": "unknown@here.test", "password": "Wrong-horse-1!"}


@pytest.mark.only("postgresql")  # admission does not depend on the database
async def test_login_is_not_refused_when_it_has_been_hashed_and_the_queue_is_full(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    await app_fixture.tenant.create(Team)
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **LIMITS) as server:
        anonymous = Client(server.http)
        await server.client(READ_TEAMS)  # the database confirms the tenant
        await asyncio.sleep(2 * PERIOD_SECONDS)
        with slow_tables(database_url, shared_cluster):
            login = asyncio.create_task(anonymous(documents.LOGIN, input=LOGIN))
            await asyncio.sleep(0.2)
            tasks = [asyncio.create_task(server.client(READ_TEAMS))]  # takes the login's place
            await asyncio.sleep(0.2)
            tasks += [asyncio.create_task(anonymous("{ __typename }")) for _ in range(2)]
            await asyncio.sleep(4)  # the login has been hashed, and waits
            tasks += [asyncio.create_task(server.client("{ __typename }"))]
            done, _ = await asyncio.wait(tasks, timeout=30, return_when=asyncio.FIRST_COMPLETED)
            assert {task.result().status for task in done} == {503}
        response = await login
        assert response.status == 200
        assert response.error_codes == []
        assert response.user_errors("login")[0][0] == "BAD_CREDENTIALS"
        await asyncio.gather(*tasks)
