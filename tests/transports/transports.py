"""The transports of operations. A new one is an entry of TRANSPORTS."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import FastAPI

from tests.support.configured_app import http_client
from tests.support.websocket_client import open_websocket

Payload = Mapping[str, Any]
Send = Callable[[FastAPI, Mapping[str, str], Payload], Awaitable[Any]]
"""Sends a query with these headers, and returns its result: an object with `data`, `errors` or both."""


async def post(app: FastAPI, headers: Mapping[str, str], payload: Payload) -> Any:
    """Send the query by POST."""
    async with http_client(app) as http:
        return (await http.post("/graphql", json=payload, headers=headers)).json()


async def get(app: FastAPI, headers: Mapping[str, str], payload: Payload) -> Any:
    """Send the query by GET."""
    parameters = {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}
    async with http_client(app) as http:
        return (await http.get("/graphql", params=parameters, headers=headers)).json()


async def batch(app: FastAPI, headers: Mapping[str, str], payload: Payload) -> Any:
    """Send the query as a batch."""
    async with http_client(app) as http:
        (result,) = (await http.post("/graphql", json=[payload], headers=headers)).json()
        return result


async def websocket(app: FastAPI, headers: Mapping[str, str], payload: Payload) -> Any:
    """Send the query over WebSocket."""
    async with open_websocket(app) as socket:
        await socket.initialize(**headers)
        await socket.send({"id": "1", "type": "subscribe", "payload": payload})
        message = await socket.receive()
        if message["type"] == "error":
            return {"errors": message["payload"]}
        assert await socket.receive() == {"id": "1", "type": "complete"}
        return message["payload"]


TRANSPORTS: dict[str, Send] = {"POST": post, "GET": get, "batch": batch, "WebSocket": websocket}
