"""Every query gives the same response on a replica as on the primary: nothing that it executes is refused there."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from models.membership import Role
from server.app import create_app
from tests.replicas.replicated_app import ReplicatedApp
from tests.support.app_shutdown import shut_down
from tests.support.client import Client
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.settings import build_settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("any_lag")]

QUERIES = [name for name, entry in OPERATIONS.items() if not entry.document.lstrip().startswith("mutation")]
FEED_CURSOR = re.compile(r'"WyJjaGFuZ2Vz[\w-]+"')
"""A cursor of the change feed, which contains the time."""


@pytest.fixture
async def primary_http(replicated: ReplicatedApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application without replicas on the same database."""
    app = create_app(build_settings(replicated.url))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://allotment.test") as http:
        yield http
    await shut_down(app)


async def test_every_query(replicated: ReplicatedApp, primary_http: httpx.AsyncClient) -> None:
    app_fixture = replicated.app_fixture
    owner = app_fixture.tenant.users[Role.OWNER]
    await make_superuser(app_fixture, owner)
    for n in (1, 2):
        replicated.cluster.wait_replayed(n, 60)
    client = app_fixture.client(owner, app_fixture.tenant.slug)
    await client.lease_cost_points()
    assert len(QUERIES) > 20
    for name in QUERIES:
        replicated.reads.clear()
        response = await send_operation(client, name, replicated.sample_data)
        assert "errors" not in response.body, response.body
        assert replicated.reads
        assert "primary" not in replicated.reads, name
        expected = await send_operation(Client(primary_http, **client.headers), name, replicated.sample_data)
        assert FEED_CURSOR.sub("", str(response.body).replace("'", '"')) == FEED_CURSOR.sub(
            "", str(expected.body).replace("'", '"')
        )


async def test_change_feed_is_followed_across_servers(
    replicated: ReplicatedApp, primary_http: httpx.AsyncClient
) -> None:
    """A cursor of the primary is not moved back by a replica that lags."""
    document = "query ($after: String) { changes(after: $after) { nodes { objectId } pageInfo { endCursor } } }"
    client = replicated.app_fixture.tenant.client(Role.ADMIN)
    primary = Client(primary_http, **client.headers)
    cursor, received = None, []
    for n in range(6):
        with replicated.cluster.replay_paused(1), replicated.cluster.replay_paused(2):
            created = await primary('mutation { createTask(input: {title: "Dig"}) { task { id } } }')
            task_id = created.data["createTask"]["task"]["id"]
            for follower in (primary, client) if n % 2 else (client, primary):
                page = (await follower(document, after=cursor)).data["changes"]
                cursor = page["pageInfo"]["endCursor"]
                received += [change["objectId"] for change in page["nodes"]]
        assert received.count(task_id) == 1
    assert len(received) == len((await primary(document)).data["changes"]["nodes"])
