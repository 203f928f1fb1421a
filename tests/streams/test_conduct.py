"""How subscriptions over HTTP end, and their limits: disconnects, expiry, shutdown, slow clients, callers, memory."""

import asyncio
import json
import logging
from typing import Any

import pytest
from graphql import GraphQLError

from models.membership import Role
from server.graphql.outcome import Outcome, refuse
from server.http.http_subscription import TOKEN_EXPIRED
from server.http.live_streams import END_STREAMS, SHUTTING_DOWN
from services.core.errors import Forbidden
from services.people.tokens import LEEWAY_SECONDS, AccessTokens
from tests.streams.conftest import OpenApp, Subscribe
from tests.support.app_fixture import AppFixture
from tests.support.number_stream import SUBSCRIPTION, NumberStream
from tests.support.settings import SECRET_KEY
from tests.support.stream_client import MULTIPART
from tests.support.websocket_client import open_websocket

pytestmark = pytest.mark.only("sqlite")

LIMIT = "MAX_LIVE_CONNECTIONS_PER_CALLER"


async def test_disconnect_closes_the_stream(subscribe: Subscribe, stream: NumberStream) -> None:
    async with subscribe() as client:
        await client.disconnect()
        async with asyncio.timeout(60):
            await stream.closed.wait()


async def test_disconnect_while_the_stream_is_opened(subscribe: Subscribe, stream: NumberStream) -> None:
    async with subscribe() as client:
        await client.disconnect()
        await stream.queue.put(1)
    assert stream.closed.is_set()


async def test_slow_client_delays_the_stream(subscribe: Subscribe, stream: NumberStream) -> None:
    async with subscribe() as client:
        await client.read_body()
        client.is_reading.clear()
        for value in range(10):
            await stream.queue.put(value)
        await asyncio.sleep(0.1)
        assert stream.queue.qsize() == 9  # the first one is being sent
        client.is_reading.set()
        assert [(await client.read_event())["data"]["numbers"] for _ in range(10)] == list(range(10))


@pytest.mark.parametrize("accept", ["text/event-stream", MULTIPART])
async def test_stream_is_cut_off_when_the_token_expires(
    subscribe: Subscribe, stream: NumberStream, app_fixture: AppFixture, accept: str
) -> None:
    user = app_fixture.tenant.users[Role.MEMBER]
    tokens = AccessTokens(SECRET_KEY, (1 - LEEWAY_SECONDS) / 60)  # type: ignore[arg-type]  # a part of a minute
    token = tokens.issue(user.id, app_fixture.session_ids[user.id])
    await stream.queue.put(1)
    async with subscribe(accept=accept, Authorization=f"Bearer {token}") as client:
        body = await client.read_rest()
        assert b'"numbers":1' in body
        assert b"complete" not in body
        assert b"--graphql--" not in body
        assert body.endswith(f": {TOKEN_EXPIRED}\n\n".encode() if accept != MULTIPART else b"--graphql")
    assert stream.closed.is_set()


async def end_all(app: Any) -> None:
    """End the streams as the server does that runs the application."""
    async with app.router.lifespan_context(app) as state:
        state[END_STREAMS]()


async def test_shutdown_cuts_off_streams_and_refuses_others(
    open_app: OpenApp, subscribe: Subscribe, stream: NumberStream
) -> None:
    async with open_app() as app, subscribe(app=app) as client:
        await stream.opened.wait()
        await end_all(app)
        assert await client.read_rest() == f":\n\n: {SHUTTING_DOWN}\n\n".encode()
        assert stream.closed.is_set()
        async with subscribe(app=app) as refused:
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert json.loads(await refused.read_rest())["errors"][0]["message"] == SHUTTING_DOWN
        async with subscribe("{ __typename }", app=app) as query:
            assert query.status == 200


async def test_connections_of_all_kinds_count_to_their_caller(
    open_app: OpenApp, subscribe: Subscribe, app_fixture: AppFixture
) -> None:
    async with open_app(max_live_connections_per_caller=2) as app:
        admin = app_fixture.tenant.client(Role.ADMIN).headers
        async with subscribe(app=app), open_websocket(app) as socket:
            await socket.initialize(**app_fixture.tenant.client().headers)
            async with subscribe(app=app) as refused:
                assert (refused.status, refused.headers["retry-after"]) == (429, "1")
                (error,) = json.loads(await refused.read_rest())["errors"]
                assert (error["extensions"]["code"], LIMIT in error["message"]) == ("RATE_LIMITED", True)
            async with subscribe("{ __typename }", app=app) as query, subscribe(app=app, **admin) as other:
                assert (query.status, other.status) == (200, 200)
        for _ in range(3):  # each is counted no longer when it has ended
            async with subscribe(app=app) as client:
                assert client.status == 200


async def test_refused_and_failed_subscriptions_are_not_counted(
    open_app: OpenApp, subscribe: Subscribe, stream: NumberStream
) -> None:
    async with open_app(max_live_connections_per_caller=1) as app:
        stream.refusal = Outcome(refuse(Forbidden("No.")))
        for _ in range(2):
            async with subscribe(app=app) as client:
                assert client.status == 200
        stream.refusal = None
        for value in (GraphQLError("It ends."), ValueError("It fails."), None):
            await stream.queue.put(value)
            async with subscribe(app=app) as client:
                await client.read_rest()
                assert client.status == 200


async def test_large_bodies_and_results_occupy_the_memory(
    open_app: OpenApp, subscribe: Subscribe, stream: NumberStream
) -> None:
    query = SUBSCRIPTION + " " * 200_000
    # One address may reserve 500,000 bytes. Of a body, 134,464 bytes are reserved while its variables are needed.
    async with open_app(max_request_memory_bytes=2_000_000, max_response_bytes=400_000) as app:
        async with subscribe(query, app=app) as client:
            for _ in range(3):  # each result is reserved until it is sent
                await stream.queue.put("x" * 200_000)
            await stream.queue.put("x" * 380_000)
            received = await client.read_rest()
            assert received.count(b"x" * 200_000) == 3
            assert b'"code":"UNAVAILABLE"' in received
        async with (
            subscribe(query, app=app),
            subscribe(query, app=app),
            subscribe(query, app=app),
            subscribe(query, app=app) as refused,
        ):
            assert refused.status == 503


async def test_pages_of_allowed_origins_read_streams(open_app: OpenApp, subscribe: Subscribe) -> None:
    async with open_app(cors_origins="https://app.test") as app:
        async with subscribe(app=app, Origin="https://app.test") as client:
            assert client.headers["access-control-allow-origin"] == "https://app.test"
            assert "X-Request-ID" in client.headers["access-control-expose-headers"]
        async with subscribe(app=app, Origin="https://evil.test") as client:
            assert "access-control-allow-origin" not in client.headers


async def test_access_log_has_one_line_at_the_end(
    subscribe: Subscribe, stream: NumberStream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "allotment.access")
    async with subscribe() as client:
        await client.read_body()
        await asyncio.sleep(0.2)
        assert "/graphql" not in caplog.text
        await stream.queue.put(None)
        await client.read_rest()
    (record,) = [record for record in caplog.records if record.name == "allotment.access"]
    assert (record.status, record.ms > 200) == (200, True)  # type: ignore[attr-defined]
