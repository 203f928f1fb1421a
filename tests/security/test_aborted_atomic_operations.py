"""Atomic operations that end early, at a deadline, a timeout, or because of the client or the server, write nothing."""

import asyncio
import signal
from pathlib import Path

import pytest

from models import Document, Team, Worker
from tests.harness.cluster import Cluster
from tests.security.overload_helpers import READ_TEAMS, run_server, wait_until
from tests.security.slow_tables import count_active, slow_tables
from tests.support.app_fixture import AppFixture, global_id
from tests.support.sample_data import fetch_table

pytestmark = pytest.mark.slow

SLOW_USE_CASE = 'createProject(input: {name: "Slow"}) { project { id } userErrors { code } }'


async def build_operations(app_fixture: AppFixture) -> list[str]:
    """Return operations of three root fields, the second of which is slow: when it writes, or in its payload."""
    team = await app_fixture.tenant.create(Team)
    worker = await app_fixture.tenant.create(Worker, team_id=team.id)
    slow_payload = f'updateWorker(id: "{global_id(worker)}", input: {{name: "New"}}) {{ worker {{ team {{ name }} }} }}'
    return [
        f"""mutation @atomic {{
          a: createDocument(input: {{title: "A"}}) {{ document {{ id }} }}
          slow: {field}
          c: createDocument(input: {{title: "C"}}) {{ document {{ id }} }}
        }}"""
        for field in (SLOW_USE_CASE, slow_payload)
    ]


async def test_atomic_operation_is_rolled_back_at_the_deadline(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    operations = await build_operations(app_fixture)
    limits = {"REQUEST_TIMEOUT": "1", "DB_POOL_SIZE": "2", "DB_MAX_OVERFLOW": "0"}
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **limits) as server:
        with slow_tables(database_url, shared_cluster):
            for operation in operations:
                response = await server.client(operation)
                assert (response.status, response.error_codes) == (503, ["ABORTED"])
                assert response.body["errors"][0]["message"].endswith("Nothing was performed.")
            await server.wait_until_idle()
        for _ in range(5):
            assert len((await server.client(READ_TEAMS)).data["teams"]["nodes"]) == 1
        assert "Traceback" not in server.process.output
    assert await fetch_table(app_fixture.tenant, Document) == []


async def test_statement_timeout_rolls_back_an_atomic_operation(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    operations = await build_operations(app_fixture)
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, DB_STATEMENT_TIMEOUT="0.5") as server:
        with slow_tables(database_url, shared_cluster):
            for operation in operations:
                response = await server.client(operation)
                assert response.body["data"] == {"a": None, "slow": None, "c": None}
                assert (response.status, response.error_codes) == (503, ["ABORTED"] * 3)
                first, slow, last = response.body["errors"]
                assert "longer than 0.5 seconds (DB_STATEMENT_TIMEOUT)" in slow["message"]
                assert first["message"] == last["message"] == "Nothing was written, because `slow` failed."
                assert (first["path"], slow["path"][0], last["path"]) == (["a"], "slow", ["c"])
        for _ in range(5):
            assert len((await server.client(READ_TEAMS)).data["teams"]["nodes"]) == 1
        assert "Traceback" not in server.process.output
    assert await fetch_table(app_fixture.tenant, Document) == []


async def test_disconnected_clients_and_killed_servers_leave_nothing_of_an_atomic_operation(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    limits = {"DB_POOL_SIZE": "2", "DB_MAX_OVERFLOW": "0"}
    for operation in await build_operations(app_fixture):
        async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **limits) as server:
            with slow_tables(database_url, shared_cluster):
                await asyncio.gather(*(server.disconnect(operation) for _ in range(4)))
                await server.wait_until_idle()
            for _ in range(5):
                assert len((await server.client(READ_TEAMS)).data["teams"]["nodes"]) == 1
            assert "Traceback" not in server.process.output
            with slow_tables(database_url, shared_cluster):
                sending = asyncio.create_task(server.disconnect(operation, 2))
                if shared_cluster is not None:
                    await wait_until(lambda: count_active(database_url, shared_cluster) > 0)
                await asyncio.sleep(0.5)
                await asyncio.to_thread(server.process.stop, signal.SIGKILL)
                await sending
        assert await fetch_table(app_fixture.tenant, Document) == []
