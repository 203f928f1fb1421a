"""HttpRequest: headers, query parameters, and bodies in several messages."""

from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from server.http.request import HttpRequest
from server.http.request_memory import RequestMemory


def build_request(*messages: Message, headers: list[tuple[bytes, bytes]] | None = None, **scope: Any) -> HttpRequest:
    """Return a request that receives these messages."""
    remaining = iter(messages)

    async def receive() -> Message:
        return next(remaining)

    defaults = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers or []}
    return HttpRequest({**defaults, **scope}, receive)


def body_message(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_header_returns_first_of_repeated_headers() -> None:
    request = build_request(headers=[(b"a", b"1"), (b"b", b"\xe9"), (b"a", b"2")])
    assert (request.header(b"a"), request.header(b"b"), request.header(b"c")) == ("1", "é", "")
    assert (request.headers(b"a"), request.headers(b"b"), request.headers(b"c")) == (["1", "2"], ["é"], [])


async def test_body_joins_chunks() -> None:
    assert await build_request(body_message(b"all")).body(RequestMemory(1000)) == b"all"
    assert await build_request({"type": "http.request"}).body(RequestMemory(1000)) == b""
    chunks = [
        body_message(b"a", more=True),
        body_message(b"", more=True),
        body_message(b"b", more=True),
        body_message(b"c"),
    ]
    assert await build_request(*chunks).body(RequestMemory(1000)) == b"abc"


async def test_disconnect_before_end_of_body_raises() -> None:
    disconnect: Message = {"type": "http.disconnect"}
    for messages in ([disconnect], [body_message(b"a", more=True), disconnect]):
        with pytest.raises(ClientDisconnect):
            await build_request(*messages).body(RequestMemory(1000))


def test_query_parameters_are_decoded() -> None:
    assert build_request().query_parameters == {}
    assert build_request(query_string=b"query=%7B+a+%7D&x=1&x=2").query_parameters == {"query": "{ a }", "x": "2"}
