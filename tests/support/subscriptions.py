"""Subscriptions over a WebSocket to an application in this process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp

from tests.support.client import Client
from tests.support.websocket_client import HANG_SECONDS, WebSocketClient, open_websocket

CHANGES = """subscription ($after: String, $types: [ChangedType!], $where: ChangeWhere) {
  changes(after: $after, types: $types, where: $where) {
    cursor type objectId action changedFields version
    object { __typename ... on Project { name } ... on Task { title } }
  }
}"""
QUIET_SECONDS = 0.3
"""How long nothing must arrive. (Where that matters, another event follows, so the tests do not depend on it.)"""


class Subscriber:
    """The events of one subscription, the only one of its socket."""

    def __init__(self, socket: WebSocketClient) -> None:
        self.socket = socket

    async def next_event(self) -> dict[str, Any]:
        """Return the field of the next event; fail if it has errors or the subscription has ended."""
        message = await self.socket.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (event,) = message["payload"]["data"].values()
        result: dict[str, Any] = event
        return result

    async def next_events(self, count: int) -> list[dict[str, Any]]:
        """Return so many events."""
        return [await self.next_event() for _ in range(count)]

    async def error_codes(self) -> list[str]:
        """Return the codes of the errors with which the subscription ends."""
        return await self.socket.receive_errors("s")

    async def is_quiet(self, seconds: float = QUIET_SECONDS) -> bool:
        """Return whether nothing arrives for a moment."""
        await asyncio.sleep(seconds)
        return self.socket.from_app.empty()


@asynccontextmanager
async def subscribe(
    app: ASGIApp, headers: Mapping[str, str], query: str = CHANGES, **variables: Any
) -> AsyncIterator[Subscriber]:
    """Open a socket with these credentials, and subscribe."""
    async with open_websocket(app) as socket:
        await socket.initialize(**headers)
        await socket.subscribe(query, "s", variables=variables)
        yield Subscriber(socket)


@asynccontextmanager
async def follow(app: ASGIApp, client: Client, query: str = CHANGES, **variables: Any) -> AsyncIterator[Subscriber]:
    """Subscribe as the user of a client, and wait until the subscription receives changes."""
    opened = count_followers(app)
    async with subscribe(app, client.headers, query, **variables) as subscriber:
        await wait_until_opened(app, opened + 1)
        yield subscriber


async def wait_until_opened(app: Any, count: int) -> None:
    """Wait until so many subscriptions of the application receive changes."""
    async with asyncio.timeout(HANG_SECONDS):
        while count_followers(app) < count:  # noqa: ASYNC110 -- it has no event
            await asyncio.sleep(0.001)


def count_followers(app: Any) -> int:
    """Return how many subscriptions of the application receive changes."""
    count: int = app.state.services.change_feeds.follower_count
    return count
