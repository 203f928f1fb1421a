"""Live queries over a WebSocket to an application in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from tests.support.client import Client
from tests.support.subscriptions import subscribe
from tests.support.websocket_client import HANG_SECONDS, WebSocketClient


class LiveQuery:
    """The results of one live query, the only one of its socket."""

    def __init__(self, socket: WebSocketClient) -> None:
        self._socket = socket

    async def next_data(self) -> dict[str, Any]:
        """Return the data of the next result, which has no errors."""
        payload = await self.next_payload()
        assert "errors" not in payload, payload
        data: dict[str, Any] = payload["data"]
        return data

    async def next_payload(self) -> dict[str, Any]:
        """Return the next result."""
        message = await self._socket.receive()
        assert message["type"] == "next", message
        payload: dict[str, Any] = message["payload"]
        return payload

    async def error_codes(self) -> list[str]:
        """Return the codes of the errors with which it ends."""
        return await self._socket.receive_errors("s")


@asynccontextmanager
async def watch(app: FastAPI, client: Client, query: str, **variables: Any) -> AsyncIterator[LiveQuery]:
    """Send a live query as the user of a client."""
    async with subscribe(app, client.headers, query, **variables) as subscriber:
        yield LiveQuery(subscriber.socket)


async def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(HANG_SECONDS):
        while not condition():  # noqa: ASYNC110 -- it has no event
            await asyncio.sleep(0.01)
