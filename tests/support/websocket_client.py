"""WebSockets to an application that runs in this process, without a server."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message

SUBPROTOCOL = "graphql-transport-ws"
HANG_SECONDS = 30
"""A bound that only catches a hang."""


class WebSocketClient:
    """The client's side of a WebSocket."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue()
        self.is_reading = asyncio.Event()
        """While it is not set, what the application sends waits."""
        self.is_reading.set()

    async def receive_from_app(self, message: Message) -> None:
        """Receive a message of ASGI."""
        await self.is_reading.wait()
        await self.from_app.put(message)

    async def send(self, message: Any) -> None:
        """Send a message as JSON."""
        await self.send_text(json.dumps(message))

    async def send_text(self, text: str) -> None:
        await self.to_app.put({"type": "websocket.receive", "text": text})

    async def subscribe(self, query: str, operation_id: str = "1", **payload: Any) -> None:
        """Send an operation."""
        await self.send({"id": operation_id, "type": "subscribe", "payload": {"query": query, **payload}})

    async def initialize(self, **payload: Any) -> None:
        """Send connection_init, and wait for the response."""
        await self.send({"type": "connection_init", "payload": payload})
        assert await self.receive() == {"type": "connection_ack"}

    async def execute(self, query: str, operation_id: str = "1", **payload: Any) -> dict[str, Any]:
        """Send a query or mutation, and return the payload of its result."""
        await self.subscribe(query, operation_id, **payload)
        message = await self.receive()
        assert (message["id"], message["type"]) == (operation_id, "next"), message
        assert await self.receive() == {"id": operation_id, "type": "complete"}
        payload_of_result: dict[str, Any] = message["payload"]
        return payload_of_result

    async def receive_message(self) -> Message:
        """Return the next message of ASGI."""
        async with asyncio.timeout(HANG_SECONDS):
            return await self.from_app.get()

    async def receive(self) -> dict[str, Any]:
        """Return the next message; fail if the socket is closed."""
        message = await self.receive_message()
        assert message["type"] == "websocket.send", message
        decoded: dict[str, Any] = json.loads(message["text"])
        return decoded

    async def receive_errors(self, operation_id: str = "1") -> list[str]:
        """Return the codes of the errors that end an operation."""
        message = await self.receive()
        assert (message["id"], message["type"]) == (operation_id, "error"), message
        return [error["extensions"]["code"] for error in message["payload"]]

    async def receive_close(self) -> tuple[int, str]:
        """Return the code and the reason with which the server closes the socket."""
        message = await self.receive_message()
        assert message["type"] == "websocket.close", message
        return message["code"], message["reason"]

    async def disconnect(self) -> None:
        """Close the socket."""
        await self.to_app.put({"type": "websocket.disconnect", "code": 1001})


@asynccontextmanager
async def open_handshake(
    app: ASGIApp, subprotocols: Sequence[str] = (SUBPROTOCOL,), client: str = "192.0.2.1", **headers: str
) -> AsyncIterator[WebSocketClient]:
    """Send a handshake. The socket is closed at the end of the block."""
    socket = WebSocketClient()
    await socket.to_app.put({"type": "websocket.connect"})
    pairs = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"host", b"allotment.test"), *pairs],
        "client": (client, 1234),
        "subprotocols": list(subprotocols),
        "extensions": {"websocket.http.response": {}, "websocket.shutdown": {}},
    }
    serving = asyncio.ensure_future(app(scope, socket.to_app.get, socket.receive_from_app))
    try:
        yield socket
    finally:
        socket.is_reading.set()
        await socket.disconnect()
        async with asyncio.timeout(HANG_SECONDS):
            await serving


@asynccontextmanager
async def open_websocket(app: ASGIApp, **options: Any) -> AsyncIterator[WebSocketClient]:
    """Open a WebSocket."""
    async with open_handshake(app, **options) as socket:
        accepted = await socket.receive_message()
        assert (accepted["type"], accepted["subprotocol"]) == ("websocket.accept", SUBPROTOCOL)
        yield socket
