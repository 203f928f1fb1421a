"""A client that sends pings without receiving the answers does not fill the memory of the server."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from server.connections.websocket_protocol import LimitedWebSocketProtocol
from tests.websocket.raw_socket import PING, build_frame, build_handshake

HIGH_WATER = 1000
PINGS = build_frame(b"x" * 100, PING) * 5
TEXT_AND_PINGS = build_frame(b"{}") + PINGS


class UnreadTransport:
    """A transport whose client receives nothing."""

    def __init__(self) -> None:
        self.protocol: LimitedWebSocketProtocol
        self.unsent_bytes = 0
        self.is_reading = True

    def write(self, data: bytes) -> None:
        self.unsent_bytes += len(data)
        if self.unsent_bytes > HIGH_WATER:
            self.protocol.pause_writing()

    def flush(self) -> None:
        """Send everything: the client has received it."""
        self.unsent_bytes = 0
        self.protocol.resume_writing()

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, _name: str) -> None:
        return None

    def close(self) -> None:
        self.is_reading = False

    abort = close


async def receive_everything(_scope: Scope, receive: Receive, send: Send) -> None:
    """Accept the WebSocket, and receive its messages."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


@pytest.fixture
async def transport() -> UnreadTransport:
    """The server's end of a WebSocket."""
    config: Any = SimpleNamespace(
        loaded=True,
        loaded_app=receive_everything,
        root_path="",
        asgi_version="3.0",
        ws_per_message_deflate=False,
        ws_max_size=10_000,
        ws_ping_interval=None,
        ws_ping_timeout=None,
    )
    opened = UnreadTransport()
    opened.protocol = LimitedWebSocketProtocol(config, ServerState(), {})
    opened.protocol.connection_made(opened)  # type: ignore[arg-type]
    opened.protocol.data_received(build_handshake())
    await asyncio.sleep(0.01)
    assert opened.protocol.handshake_complete
    opened.unsent_bytes = 0
    return opened


async def send_while_read(transport: UnreadTransport, data: bytes) -> int:
    """Send the data again and again until the server does not read any more; return how often it was sent."""
    for count in range(100):
        for _ in range(3):
            await asyncio.sleep(0)
        if not transport.is_reading:
            return count
        transport.protocol.data_received(data)
    return 100


@pytest.mark.parametrize("data", [PINGS, TEXT_AND_PINGS])
async def test_server_stops_reading_while_pongs_are_not_received(transport: UnreadTransport, data: bytes) -> None:
    assert await send_while_read(transport, data) < 5
    assert transport.unsent_bytes < HIGH_WATER + len(data)
    transport.flush()
    assert await send_while_read(transport, data) in range(1, 5)


async def test_pings_are_answered_while_the_client_receives(transport: UnreadTransport) -> None:
    for _ in range(100):
        transport.protocol.data_received(PINGS)
        assert transport.unsent_bytes == 5 * len(b"\x8a\x64" + b"x" * 100)
        transport.flush()
    assert transport.is_reading
