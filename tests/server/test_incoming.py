"""A request as it comes: its headers, whichever of several counts, and its body, in however many pieces."""

from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from server.incoming import Incoming


def incoming(*messages: Message, headers: list[tuple[bytes, bytes]] | None = None, **scope: Any) -> Incoming:
    """A request of which these messages come."""
    coming = iter(messages)

    async def receive() -> Message:
        return next(coming)

    fixed = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers or []}
    return Incoming({**fixed, **scope}, receive)


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_the_first_of_several_headers_counts() -> None:
    request = incoming(headers=[(b"a", b"1"), (b"b", b"\xe9"), (b"a", b"2")])
    assert (request.header(b"a"), request.header(b"b"), request.header(b"c")) == ("1", "é", "")
    assert (request.headers(b"a"), request.headers(b"b"), request.headers(b"c")) == (["1", "2"], ["é"], [])


async def test_a_body_may_come_in_pieces() -> None:
    assert await incoming(part(b"all")).body() == b"all"
    assert await incoming({"type": "http.request"}).body() == b""
    pieces = [part(b"a", more=True), part(b"", more=True), part(b"b", more=True), part(b"c")]
    assert await incoming(*pieces).body() == b"abc"


async def test_who_hangs_up_before_the_end_has_sent_nothing() -> None:
    gone: Message = {"type": "http.disconnect"}
    for messages in ([gone], [part(b"a", more=True), gone]):
        with pytest.raises(ClientDisconnect):
            await incoming(*messages).body()


def test_parameters_are_those_of_the_address() -> None:
    assert incoming().parameters == {}
    assert incoming(query_string=b"query=%7B+a+%7D&x=1&x=2").parameters == {"query": "{ a }", "x": "2"}
