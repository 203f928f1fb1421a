"""Requests whose response is a stream, to an application that runs in this process, without a server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed;subscriptionSpec=1.0"
HANG_SECONDS = 60
"""A bound that only catches a hang."""


class StreamClient:
    """The client's side of a response."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue()
        self.is_reading = asyncio.Event()
        """While it is not set, what the application sends waits."""
        self.is_reading.set()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_complete = False
        """Whether the response has ended."""
        self._received = b""

    async def receive_from_app(self, message: Message) -> None:
        """Receive a message of ASGI."""
        await self.is_reading.wait()
        await self.from_app.put(message)

    async def receive_start(self) -> None:
        """Wait for the status and the headers."""
        message = await self._next_message()
        assert message["type"] == "http.response.start"
        self.status = message["status"]
        self.headers = {name.decode(): value.decode() for name, value in message["headers"]}

    async def read_body(self) -> bytes:
        """Return the bytes of the next message of the body; none at its end."""
        if self.is_complete:
            return b""
        message = await self._next_message()
        assert message["type"] == "http.response.body"
        self.is_complete = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    async def read_until(self, separator: bytes) -> bytes:
        """Return the bytes before the next separator."""
        while separator not in self._received:
            assert not self.is_complete, self._received
            self._received += await self.read_body()
        before, _, self._received = self._received.partition(separator)
        return before

    async def read_rest(self) -> bytes:
        """Return the rest of the body."""
        rest, self._received = self._received, b""
        while not self.is_complete:
            rest += await self.read_body()
        return rest

    async def read_event(self) -> Any:
        """Return the data of the next event `next`, or the name of another event."""
        while (block := await self.read_until(b"\n\n")).startswith(b":"):
            pass
        name, data = block.decode().split("\n")
        return json.loads(data.removeprefix("data: ")) if name == "event: next" else name.removeprefix("event: ")

    async def read_part(self) -> Any:
        """Return the content of the next part of a multipart response that is no heartbeat."""
        while (part := await self.read_until(b"\r\n--graphql")) in (b"", _part(b"{}")):
            pass
        head, _, content = part.partition(b"\r\n\r\n")
        assert head == b"\r\ncontent-type: application/json"
        return json.loads(content)

    async def disconnect(self) -> None:
        """Close the connection."""
        await self.to_app.put({"type": "http.disconnect"})

    async def _next_message(self) -> Message:
        return await self.from_app.get()


def _part(content: bytes) -> bytes:
    return b"\r\ncontent-type: application/json\r\n\r\n" + content


def build_scope(query: str, method: str, extensions: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Return the scope of a request with a GraphQL operation."""
    all_headers = {"Host": "allotment.test", "Content-Type": "application/json"} | headers
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": "/graphql",
        "query_string": urlencode({"query": query}).encode() if method == "GET" else b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in all_headers.items()],
        "client": ("192.0.2.1", 1234),
        "extensions": extensions,
    }


@asynccontextmanager
async def open_response(
    app: ASGIApp, query: str, headers: dict[str, str], method: str = "POST", **extensions: Any
) -> AsyncIterator[StreamClient]:
    """Send a request, and receive the start of the response. The connection is closed at the end of the block."""
    client = StreamClient()
    body = json.dumps({"query": query}).encode() if method == "POST" else b""
    await client.to_app.put({"type": "http.request", "body": body, "more_body": False})
    scope = build_scope(query, method, extensions, headers)
    serving = asyncio.ensure_future(app(scope, client.to_app.get, client.receive_from_app))
    try:
        async with asyncio.timeout(HANG_SECONDS):
            await client.receive_start()
            yield client
    finally:
        client.is_reading.set()
        await client.disconnect()
        async with asyncio.timeout(HANG_SECONDS):
            await serving
