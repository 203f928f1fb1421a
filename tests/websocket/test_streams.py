"""Subscriptions over WebSocket: the results of a stream, and how it ends. The stream is one of the tests."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import GraphQLError

import server.app
import server.endpoints
from server.websocket.operation_runner import OperationRunner
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp
from tests.support.number_stream import SUBSCRIPTION, NumberStream
from tests.support.websocket_client import WebSocketClient, open_websocket

pytestmark = pytest.mark.only("sqlite")

TYPENAME = "{ __typename }"


@pytest.fixture
async def stream() -> NumberStream:
    """The stream of every subscription."""
    return NumberStream()


@pytest.fixture
async def socket(
    open_app: OpenApp, app_fixture: AppFixture, stream: NumberStream, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WebSocketClient]:
    """A socket with one subscription."""
    monkeypatch.setattr(
        server.endpoints, "OperationRunner", lambda turns, build, _: OperationRunner(turns, build, stream.open)
    )
    async with open_app() as app, open_websocket(app) as opened:
        await opened.initialize(**app_fixture.tenant.client().headers)
        await opened.subscribe(SUBSCRIPTION, "s")
        await stream.opened.wait()
        yield opened


def number(value: int) -> dict[str, Any]:
    return {"id": "s", "type": "next", "payload": {"data": {"numbers": value}}}


async def test_results_are_sent_until_the_stream_ends(socket: WebSocketClient, stream: NumberStream) -> None:
    for value in range(3):
        await stream.queue.put(value)
        assert await socket.receive() == number(value)
        await socket.execute(TYPENAME)
    await stream.queue.put(None)
    assert await socket.receive() == {"id": "s", "type": "complete"}
    assert stream.closed.is_set()


async def test_complete_closes_the_stream(socket: WebSocketClient, stream: NumberStream) -> None:
    await socket.send({"type": "complete", "id": "s"})
    await stream.closed.wait()
    await stream.queue.put(1)
    await socket.execute(TYPENAME)
    await socket.execute(TYPENAME, "s")  # the id is free


async def test_disconnect_closes_the_stream(socket: WebSocketClient, stream: NumberStream) -> None:
    await socket.disconnect()
    await stream.closed.wait()


async def test_shutdown_closes_the_stream_without_complete(socket: WebSocketClient, stream: NumberStream) -> None:
    await stream.queue.put(1)
    assert await socket.receive() == number(1)
    await socket.to_app.put({"type": "websocket.shutdown", "seconds": 60})
    assert (await socket.receive_close())[0] == 1001  # the client subscribes again elsewhere
    assert stream.closed.is_set()


async def test_error_ends_the_stream(socket: WebSocketClient, stream: NumberStream) -> None:
    await stream.queue.put(GraphQLError("The session has ended."))
    await stream.queue.put(None)
    assert await socket.receive_errors("s") == ["BAD_USER_INPUT"]
    await stream.closed.wait()
    await socket.execute(TYPENAME)


async def test_exception_is_masked(socket: WebSocketClient, stream: NumberStream) -> None:
    await stream.queue.put(ValueError("a detail"))
    message = await socket.receive()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
    assert "detail" not in message["payload"][0]["message"]
    assert stream.closed.is_set()
    await socket.execute(TYPENAME)
