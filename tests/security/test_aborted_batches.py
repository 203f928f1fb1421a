"""The operations of a batch end at its deadline, and when its client disconnects."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models import Team
from tests.harness.cluster import Cluster
from tests.security.slow_tables import slow_tables
from tests.server.asgi_client import run_app
from tests.server.batches import ME, TEAMS, codes, create_team, post
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import app_opener, http_client
from tests.support.sample_data import fetch_table

UPDATE_VIEWER = 'mutation { updateViewer(input: {fullName: "Ada"}) { user { fullName } } }'


@asynccontextmanager
async def slow_reads(database_url: str, cluster: Cluster | None) -> AsyncIterator[None]:
    """Let statements that read teams wait in the block. The tables are changed in a thread, because SQLite waits for
    transactions of the application, which runs in this event loop."""
    tables = slow_tables(database_url, cluster)
    await asyncio.to_thread(tables.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(tables.__exit__, None, None, None)


async def test_operations_share_a_deadline(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None
) -> None:
    async with app_opener(database_url)(request_timeout=0.5) as app, http_client(app) as http:
        client = app_fixture.tenant.client()
        await app_fixture.tenant.create(Team)  # a row for which SQLite is slow
        await post(http, client, ME)
        async with slow_reads(database_url, shared_cluster):
            performed = await post(http, client, UPDATE_VIEWER, TEAMS, ME)
            assert (performed.status_code, codes(performed)) == (200, [[], ["ABORTED"], ["ABORTED"]])
            message = "The request was aborted after 0.5 seconds (REQUEST_TIMEOUT). Nothing was performed."
            assert performed.json()[2] == {"errors": [{"message": message, "extensions": {"code": "ABORTED"}}]}
            refused = await post(http, client, TEAMS, UPDATE_VIEWER)
            assert (refused.status_code, codes(refused)) == (503, [["ABORTED"]] * 2)
        assert codes(await post(http, client, TEAMS)) == [[]]


async def test_disconnect_ends_the_batch(
    app_fixture: AppFixture, database_url: str, shared_cluster: Cluster | None
) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in app_fixture.tenant.client().headers.items()]
    scope = {"path": "/graphql", "headers": [*headers, (b"content-type", b"application/json"), (b"host", b"x")]}
    body = json.dumps([{"query": TEAMS}, create_team("A")]).encode()
    team = await app_fixture.tenant.create(Team)
    async with app_opener(database_url)() as app:
        async with slow_reads(database_url, shared_cluster):
            exchange = await run_app(app, scope, [{"type": "http.request", "body": body, "more_body": False}])
        assert exchange.sent == []
    assert [row["id"] for row in await fetch_table(app_fixture.tenant, Team)] == [team.id]
