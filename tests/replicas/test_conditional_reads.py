"""Entity tags that are known without execution hold across servers; live queries read the primary."""

import asyncio

import pytest

from models import Team
from models.membership import Role
from tests.replicas.replicated_app import HANG_SECONDS, ReplicatedApp
from tests.support.conditional_client import ConditionalClient
from tests.support.live_queries import watch

pytestmark = pytest.mark.slow

TEAMS = "{ teams { totalCount } }"


@pytest.mark.usefixtures("any_lag")
async def test_tag_is_valid_on_every_server(replicated: ReplicatedApp) -> None:
    client = ConditionalClient(await replicated.app_fixture.tenant.client().lease_cost_points())
    tag = await client.get_tag(TEAMS)
    replicated.reads.clear()
    current = await asyncio.gather(*(client.has_current(TEAMS, tag) for _ in range(20)))
    assert all(current)
    assert set(replicated.reads) == {"replica 1", "replica 2"}


@pytest.mark.usefixtures("any_lag")
async def test_replica_answers_for_what_it_has_replayed(replicated: ReplicatedApp) -> None:
    tenant, cluster = replicated.app_fixture.tenant, replicated.cluster
    client = ConditionalClient(await tenant.client().lease_cost_points())
    tag = await client.get_tag(TEAMS)
    with cluster.replay_paused(1), cluster.replay_paused(2):
        await tenant.create(Team)
        assert await client.has_current(TEAMS, tag)  # as old as the answer to the query would be
    for n in (1, 2):
        cluster.wait_replayed(n, HANG_SECONDS)
    response = await client.get(TEAMS, tag)
    assert (response.status_code, response.json()["data"]["teams"]["totalCount"]) == (200, 4)


@pytest.mark.usefixtures("any_lag")
async def test_live_queries_read_the_primary(replicated: ReplicatedApp) -> None:
    tenant, cluster = replicated.app_fixture.tenant, replicated.cluster
    with cluster.replay_paused(1), cluster.replay_paused(2):
        async with watch(replicated.app, tenant.client(Role.ADMIN), f"query @live {TEAMS}") as live:
            assert (await live.next_data())["teams"]["totalCount"] == 3
            await tenant.create(Team)
            assert (await live.next_data())["teams"]["totalCount"] == 4
