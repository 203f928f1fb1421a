"""A request ends at its deadline: nothing is half done, and its connection is returned to the pool."""

import asyncio
from pathlib import Path

import pytest

from models import Team
from tests.harness.cluster import Cluster
from tests.security.overload_helpers import CREATE_PROJECT, READ_PROJECTS, READ_TEAMS, run_server
from tests.security.slow_tables import slow_tables
from tests.support.app_fixture import AppFixture

pytestmark = pytest.mark.slow

ABORTED = "The request was aborted after 1 seconds (REQUEST_TIMEOUT)."
CREATE_BOTH = f'mutation {{ updateViewer(input: {{fullName: "Ada"}}) {{ user {{ fullName }} }} {CREATE_PROJECT[11:]}'
REPETITIONS = 10


async def test_requests_end_at_their_deadline(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    limits = {"REQUEST_TIMEOUT": "1", "DB_POOL_SIZE": "2", "DB_MAX_OVERFLOW": "0", "MAX_CONCURRENT_REQUESTS": "100"}
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **limits) as server:
        await app_fixture.tenant.create(Team)
        assert (await server.client(READ_TEAMS)).status == 200
        with slow_tables(database_url, shared_cluster):
            queries = [server.client(READ_TEAMS) for _ in range(REPETITIONS)]  # most of them wait for a connection
            for response in await asyncio.gather(*queries, server.client(CREATE_PROJECT)):
                assert response.status == 503
                assert "data" not in response.body
                (error,) = response.body["errors"]
                assert error == {"message": f"{ABORTED} Nothing was performed.", "extensions": {"code": "ABORTED"}}
            both = await server.client(CREATE_BOTH)
            assert both.status == 200
            assert both.body["data"] == {"updateViewer": {"user": {"fullName": "Ada"}}, "createProject": None}
            (error,) = both.body["errors"]
            assert (error["message"], error["path"]) == (ABORTED, ["createProject"])
            assert error["extensions"] == {"code": "ABORTED"}
            await server.wait_until_idle()
        for _ in range(5):  # more than the pool has connections
            assert len((await server.client(READ_TEAMS)).data["teams"]["nodes"]) == 1
        assert (await server.client(READ_PROJECTS)).data == {"projects": {"nodes": []}}
        assert "Traceback" not in server.process.output


@pytest.mark.slow
async def test_statement_timeout_is_reported(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    limits = {"DB_STATEMENT_TIMEOUT": "0.5"}
    await app_fixture.tenant.create(Team)
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **limits) as server:
        with slow_tables(database_url, shared_cluster):
            for query in (READ_TEAMS, CREATE_PROJECT):
                response = await server.client(query)
                (error,) = response.body["errors"]
                assert error["extensions"] == {"code": "ABORTED"}
                assert "longer than 0.5 seconds (DB_STATEMENT_TIMEOUT)" in error["message"]
                assert response.status == 503
                assert "retry-after" not in response.headers
        assert (await server.client(READ_PROJECTS)).data == {"projects": {"nodes": []}}
        assert (await server.client(CREATE_PROJECT)).payload("createProject")
        assert "Traceback" not in server.process.output
