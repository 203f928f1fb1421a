"""Operations of a WebSocket: cancellation, limits and shutdown, as for requests over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.core.unit_of_work import UnitOfWork
from services.core.use_case import Proceed
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp
from tests.support.websocket_client import HANG_SECONDS, WebSocketClient, open_handshake, open_websocket

pytestmark = pytest.mark.only("sqlite")

CREATE_TASK = 'mutation { createTask(input: {title: "Dig"}) { task { title } userErrors { code } } }'
CREATED = {"data": {"createTask": {"task": {"title": "Dig"}, "userErrors": []}}}
TASKS = "{ tasks { nodes { title } } }"
TYPENAME = "{ __typename }"
MANY_FIELDS = f"{{ {' '.join(f'alias_number_{number}: __typename' for number in range(45))} }}"
"""Its result has more than 1,024 bytes."""


@dataclass
class Gate:
    """A hook that makes each use case wait until the gate is open."""

    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _work: UnitOfWork, proceed: Proceed) -> Any:
        self.waiting.release()
        try:
            await self.is_open.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        return await proceed()


@asynccontextmanager
async def open_gated(
    open_app: OpenApp, app_fixture: AppFixture, **settings: Any
) -> AsyncIterator[tuple[WebSocketClient, Gate]]:
    """Open a socket on which mutations wait for the gate."""
    gate = Gate()
    async with open_app([gate], **settings) as app, open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers)
        yield socket, gate


async def test_operations_run_concurrently(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture) as (socket, gate):
        await socket.subscribe(CREATE_TASK, "mutation")
        await gate.waiting.acquire()
        assert await socket.execute(TYPENAME, "query") == {"data": {"__typename": "Query"}}
        gate.is_open.set()
        assert await socket.receive() == {"id": "mutation", "type": "next", "payload": CREATED}


async def test_complete_aborts_the_operation(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture) as (socket, gate):
        await socket.subscribe(CREATE_TASK)
        await gate.waiting.acquire()
        await socket.send({"type": "complete", "id": "1"})
        await gate.stopped.wait()
        assert await socket.execute(TASKS) == {"data": {"tasks": {"nodes": []}}}  # nothing was sent in between


async def test_disconnect_aborts_the_operations(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture) as (socket, gate):
        await socket.subscribe(CREATE_TASK)
        await gate.waiting.acquire()
        await socket.disconnect()
        await gate.stopped.wait()
    assert (await app_fixture.tenant.client()(TASKS)).data == {"tasks": {"nodes": []}}


async def test_id_in_use_closes(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture) as (socket, gate):
        await socket.subscribe(CREATE_TASK)
        await gate.waiting.acquire()
        await socket.subscribe(TYPENAME)
        assert await socket.receive_close() == (4409, "Subscriber for 1 already exists")
        await gate.stopped.wait()


async def test_operations_end_while_the_close_waits_for_a_slow_client(
    open_app: OpenApp, app_fixture: AppFixture
) -> None:
    async with open_gated(open_app, app_fixture, max_websocket_unsent_bytes=1024) as (socket, gate):
        await socket.subscribe(CREATE_TASK)
        await gate.waiting.acquire()
        socket.is_reading.clear()
        for operation_id in ("first", "second"):  # the result of one waits behind that of the other
            await socket.subscribe(MANY_FIELDS, operation_id)
        async with asyncio.timeout(HANG_SECONDS):
            await gate.stopped.wait()
        await socket.subscribe(CREATE_TASK, "late")
        await asyncio.sleep(0.1)
        assert gate.waiting.locked()  # it was not started
        socket.is_reading.set()
        assert (await socket.receive())["type"] == "next"
        assert (await socket.receive_close())[0] == 1013
    assert (await app_fixture.tenant.client()(TASKS)).data == {"tasks": {"nodes": []}}


async def test_operations_beyond_the_limit_are_refused(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture, max_websocket_operations=1) as (socket, gate):
        await socket.subscribe(CREATE_TASK, "1")
        await gate.waiting.acquire()
        await socket.subscribe(TYPENAME, "2")
        assert await socket.receive_errors("2") == ["RATE_LIMITED"]
        gate.is_open.set()
        assert (await socket.receive())["payload"] == CREATED
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_operation_is_aborted_at_its_deadline(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture, request_timeout=1) as (socket, gate):
        await socket.subscribe(CREATE_TASK)
        assert await socket.receive_errors() == ["ABORTED"]
        assert gate.stopped.is_set()


async def test_shutdown_waits_for_operations(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture) as (socket, gate):
        await socket.subscribe(CREATE_TASK)
        await gate.waiting.acquire()
        await socket.to_app.put({"type": "websocket.shutdown", "seconds": 60})
        await socket.subscribe(TYPENAME, "late")  # is not started
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        gate.is_open.set()
        assert (await socket.receive())["payload"] == CREATED
        assert await socket.receive() == {"id": "1", "type": "complete"}
        assert await socket.receive_close() == (1001, "The server is shutting down")


async def test_shutdown_aborts_long_operations(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_gated(open_app, app_fixture) as (socket, gate):
        await socket.subscribe(CREATE_TASK)
        await gate.waiting.acquire()
        await socket.to_app.put({"type": "websocket.shutdown", "seconds": 0.1})
        assert await socket.receive_errors() == ["ABORTED"]
        assert await socket.receive_close() == (1001, "The server is shutting down")


async def test_sockets_of_a_caller_are_limited(open_app: OpenApp, app_fixture: AppFixture) -> None:
    headers = app_fixture.tenant.client().headers
    async with open_app(max_live_connections_per_caller=1) as app:
        async with open_websocket(app) as first, open_websocket(app, client="192.0.2.2") as second:
            await first.initialize(**headers)
            await second.send({"type": "connection_init", "payload": headers})
            code, reason = await second.receive_close()
            assert (code, "MAX_LIVE_CONNECTIONS_PER_CALLER" in reason) == (1013, True)
            async with open_websocket(app) as anonymous, open_websocket(app) as another:
                await anonymous.initialize()
                assert (await another.receive_close())[0] == 1013
        async with open_websocket(app) as socket:  # the earlier ones are not counted any more
            await socket.initialize(**headers)


async def test_cost_is_limited_and_reported(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(max_cost_user=50) as app, open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers, **{"X-GraphQL-Cost": "include"})
        result = await socket.execute("{ tasks(first: 1) { nodes { title } } }")
        assert result["extensions"]["cost"]["requested"] > 0
        await socket.subscribe("{ tasks(first: 100) { nodes { title } } }")
        assert await socket.receive_errors() == ["COST_EXCEEDED"]


async def test_introspection_and_depth_are_limited(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(introspection=False, max_query_depth=2) as app, open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers)
        for query in ("{ __schema { queryType { name } } }", TASKS):
            await socket.subscribe(query)
            assert set(await socket.receive_errors()) == {"BAD_USER_INPUT"}


async def test_response_beyond_the_limit_is_an_error(open_app: OpenApp, app_fixture: AppFixture) -> None:
    async with open_app(max_response_bytes=1024) as app, open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers)
        await socket.subscribe(MANY_FIELDS)
        assert await socket.receive_errors() == ["COST_EXCEEDED"]
        assert await socket.execute(TYPENAME) == {"data": {"__typename": "Query"}}


async def test_sockets_through_a_proxy_count_as_requests(open_app: OpenApp) -> None:
    async with open_app(max_connections=2, trusted_proxies="127.0.0.1") as app:
        async with open_websocket(app), open_handshake(app) as refused:
            assert (await refused.receive_message())["status"] == 503
        async with open_websocket(app) as socket:
            await socket.initialize()
