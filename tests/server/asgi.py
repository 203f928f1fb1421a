"""Talking to an ASGI application without a server between."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp, Message


def client(app: ASGIApp) -> httpx.AsyncClient:
    """A client whose requests go straight to the application, and which raises what escapes from it."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")


async def chunks(total: int, size: int = 100) -> AsyncIterator[bytes]:
    """A body that does not say how long it will be."""
    for _ in range(total // size):
        yield b"x" * size


@dataclass
class Conversation:
    """Messages for an application, handed over as it asks for them, and those it sent; at the end the client leaves."""

    incoming: Sequence[Message]
    sent: list[Message] = field(default_factory=list)
    asked: int = 0
    asked_before_answer: int = 0

    async def receive(self) -> Message:
        self.asked += 1
        return self.incoming[self.asked - 1] if self.asked <= len(self.incoming) else {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if not self.sent:
            self.asked_before_answer = self.asked
        self.sent.append(message)

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.sent]

    @property
    def statuses(self) -> list[int]:
        return [message["status"] for message in self.sent if "status" in message]


async def converse(app: ASGIApp, scope: dict[str, Any], incoming: Sequence[Message] = ()) -> Conversation:
    """Run the application once; the scope needs only what matters."""
    conversation = Conversation(incoming)
    basics = {"type": "http", "path": "/", "query_string": b"", "headers": []}
    if scope.get("type", "http") == "http":
        basics["method"] = "POST"
    await app(basics | scope, conversation.receive, conversation.send)
    return conversation
