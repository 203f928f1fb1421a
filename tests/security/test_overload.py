"""Overload is refused at once, and only for those who cause it; health checks never wait."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from database.active_shares import PERIOD_SECONDS
from models import Team
from tests.harness.cluster import Cluster
from tests.security.overload_helpers import READ_TEAMS, OverloadServer, run_server
from tests.security.slow_tables import slow_tables
from tests.support.app_fixture import AppFixture
from tests.support.client import Client, GraphQLResponse

# Admission does not depend on the database, and slow statements of SQLite take the processor of the server.
pytestmark = [pytest.mark.slow, pytest.mark.only("postgresql")]

LIMITS = {"MAX_CONCURRENT_REQUESTS": "2", "MAX_QUEUED_REQUESTS": "3", "DB_POOL_SIZE": "2"}
FULL = "The server is overloaded: 3 requests wait already (MAX_QUEUED_REQUESTS). Try again later."


async def start(*requests: Coroutine[Any, Any, GraphQLResponse]) -> list["asyncio.Task[GraphQLResponse]"]:
    """Send requests, one after the other, that do not end."""
    tasks = []
    for request in requests:
        tasks.append(asyncio.create_task(request))
        await asyncio.sleep(0.3)
    return tasks


def assert_refused(response: GraphQLResponse) -> None:
    assert response.status == 503
    assert response.headers["retry-after"] == "1"
    assert response.body == {"errors": [{"message": FULL, "extensions": {"code": "UNAVAILABLE", "retryAfter": 1}}]}


async def assert_healthy(server: OverloadServer) -> None:
    async with httpx.AsyncClient(base_url=server.process.url, timeout=10) as probe:
        assert (await probe.get("/health")).json() == {"status": "ok"}
        assert (await probe.get("/ready")).json()["status"] == "ready"


async def test_requests_beyond_the_queue_are_refused_while_health_checks_are_answered(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None, tmp_path: Path
) -> None:
    await app_fixture.tenant.create(Team)
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **LIMITS) as server:
        with slow_tables(database_url, shared_cluster):
            accepted = await start(*(server.client(READ_TEAMS) for _ in range(5)))
            for document in (READ_TEAMS, "{ __typename }", "{ not GraphQL"):  # refused before it is parsed
                async with asyncio.timeout(10):
                    assert_refused(await server.client(document))
            await assert_healthy(server)
        for response in await asyncio.gather(*accepted):
            assert len(response.data["teams"]["nodes"]) == 1


@pytest.mark.parametrize("claims_other_tenant", [False, True])
async def test_tenant_that_fills_the_queue_makes_room_for_others(
    app_fixture: AppFixture,
    database_url: str,
    shared_cluster: Cluster | None,
    tmp_path: Path,
    claims_other_tenant: bool,  # noqa: FBT001 -- a parameter of pytest
) -> None:
    """The greedy tenant may even name the other one in its requests: unconfirmed names do not count."""
    await app_fixture.tenant.create(Team)
    await app_fixture.other_tenant.create(Team)
    async with run_server(tmp_path, app_fixture, database_url, shared_cluster, **LIMITS) as server:
        other = server.client_of(app_fixture.other_tenant)
        greedy = other_name(server) if claims_other_tenant else server.client
        for client in (server.client, other, greedy):
            await client(READ_TEAMS)  # the database confirms the tenants
            await asyncio.sleep(2 * PERIOD_SECONDS)
        with slow_tables(database_url, shared_cluster):
            executing = await start(*(server.client(READ_TEAMS) for _ in range(2)))
            waiting = await start(*(greedy("{ __typename }") for _ in range(3)))
            waiting += await start(other("{ __typename }"))
            async with asyncio.timeout(10):
                assert_refused(await waiting[2])  # the last one of the greedy tenant
        for response in await asyncio.gather(*executing):
            assert len(response.data["teams"]["nodes"]) == 1
        for task in (*waiting[:2], waiting[3]):
            assert (await task).data == {"__typename": "Query"}


def other_name(server: OverloadServer) -> Client:
    """Return a client of the first tenant's member that sends the name of the other tenant."""
    return server.client.with_headers(**{"X-Tenant": server.app_fixture.other_tenant.slug})
