"""A request and its response, written in one step.

uvicorn examines each header of a response by regular expressions, and writes the head and the body one after the other.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from server.http.encoded_response import WHOLE_RESPONSE
from server.http.response_headers import Header

WHOLE_RESPONSES: dict[str, dict[str, Any]] = {WHOLE_RESPONSE: {}}
KNOWN_HEADERS = frozenset({
    b"cache-control",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"date",
    b"ratelimit",
    b"ratelimit-policy",
    b"vary",
    b"x-consistency-token",
    b"x-content-type-options",
    b"x-request-id",
})  # fmt: skip
"""Valid names of headers that have no meaning for the connection: those of nearly all responses."""
_CONTROL_CHARACTERS = bytes({*range(32), 127} - {ord("\t")})
_LINE_END = b"\r\n"


class ResponseCycle(RequestResponseCycle):
    """A request and its response. A whole response with known headers is written in one step; uvicorn writes others.

    The attributes of the class are the state of a request that has just begun."""

    logger = logging.getLogger("uvicorn.error")
    access_log = False
    disconnected = False
    waiting_for_100_continue = False
    more_body = True
    response_started = response_complete = False
    chunked_encoding: bool | None = None
    expected_content_length = 0

    def __init__(self, protocol: HttpToolsProtocol, scope: Any) -> None:
        self.scope = scope
        self.transport = protocol.transport
        self.flow = protocol.flow
        self.default_headers = protocol.server_state.default_headers
        self.on_response = protocol.on_response_complete
        self.keep_alive = protocol.parser.should_keep_alive()
        self.message_event = asyncio.Event()
        self.body = bytearray()  # parts are appended in place: a client may send a body byte by byte

    async def receive(self) -> Any:
        """Return the next part of the body. A body that has arrived completely needs no wait."""
        event = self.message_event
        if self.more_body or not event.is_set() or self.flow.read_paused or self.disconnected or self.response_complete:
            return await super().receive()
        event.clear()
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Any) -> None:
        body = message.get("body") if message["type"] == "http.response.start" else None
        if body is None:
            await super().send(message)
        elif not self._write_whole(message, body):
            await super().send(message)
            await super().send({"type": "http.response.body", "body": body})

    def _write_whole(self, message: Any, body: bytes) -> bool:
        """Write a response with known headers. Return whether it is written."""
        if self.response_started or self.disconnected or self.flow.write_paused or not self.keep_alive:
            return False
        head = encode_head(message["status"], [*self.default_headers, *message.get("headers", ())], len(body))
        if not head or self.scope["method"] == "HEAD":
            return False
        self.transport.write(head + body)
        self.response_started = self.response_complete = True
        self.message_event.set()
        self.on_response()
        return True


def encode_head(status: int, headers: Sequence[Header], length: int) -> bytes:
    """Return the status line and the headers; nothing if a header is not known, its value is not valid, or the length
    is not that of the body."""
    values = dict(headers)
    if not KNOWN_HEADERS.issuperset(values) or values.get(b"content-length") != b"%d" % length:
        return b""
    lines = _LINE_END.join(map(b": ".join, headers))
    control_characters = len(lines) - len(lines.translate(None, _CONTROL_CHARACTERS))
    if control_characters != (len(headers) - 1) * len(_LINE_END):
        return b""
    if len(values) != len(headers) and lines.count(b"content-length: ") != 1:
        return b""
    return b"".join((STATUS_LINE[status], lines, _LINE_END, _LINE_END))
