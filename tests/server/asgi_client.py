"""Clients of an ASGI application that runs in this process, without a server."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp, Message


def create_client(app: ASGIApp) -> httpx.AsyncClient:
    """Return an HTTP client of the application; exceptions that the application raises propagate to the caller."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")


async def stream_body(total: int, size: int = 100) -> AsyncIterator[bytes]:
    """Yield a body in chunks; httpx sends it without a Content-Length."""
    for _ in range(total // size):
        yield b"x" * size


@dataclass
class Exchange:
    """The messages that an application receives, followed by a disconnect, and the messages that it sends."""

    incoming: Sequence[Message]
    sent: list[Message] = field(default_factory=list)
    receive_count: int = 0
    receive_count_before_response: int = 0

    async def receive(self) -> Message:
        self.receive_count += 1
        if self.receive_count <= len(self.incoming):
            return self.incoming[self.receive_count - 1]
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if not self.sent:
            self.receive_count_before_response = self.receive_count
        self.sent.append(message)

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.sent]

    @property
    def statuses(self) -> list[int]:
        return [message["status"] for message in self.sent if "status" in message]


async def run_app(app: ASGIApp, scope: dict[str, Any], incoming: Sequence[Message] = ()) -> Exchange:
    """Call the application once with these messages; `scope` overrides the defaults of an HTTP POST."""
    exchange = Exchange(incoming)
    defaults = {"type": "http", "path": "/", "query_string": b"", "headers": []}
    if scope.get("type", "http") == "http":
        defaults["method"] = "POST"
    await app(defaults | scope, exchange.receive, exchange.send)
    return exchange
